/**
 * Container images that mine cryptocurrency: names seen in the wild, and words that only a miner's image has.
 *
 * Sources, read November 2026: Shodan's findPwnedDB list (2020-01); Unit 42 on Graboid (2019-10) and azurenql
 * (2020-06); Kromtech and Fortinet on docker123321 (2018-06); scripts of TeamTNT and Trend Micro on alpineos (2021-11);
 * Aqua on dao.py (2021-08); Sysdig on vibersastra (2022-11); Greenbone's check for minergate-cli (2017-04);
 * Intezer on Argo (2021-07). Miner programs from the miners' own projects.
 */
import { type ImageReference, imageReference } from "./image-reference.ts";

/** Accounts whose images all carried a miner or the worm that brings one, whatever harmless name they had. */
const accounts = new Set(
  (
    "pocosow gakeaws docker123321 docker123322 azurenql alpineos mangletmpuser hildeteamtnt vibersastra zoolu2 " +
    "thanhtudo thieunutre chanquaa abafaeeee"
  ).split(" "),
);

/** Images of accounts that may hold others too. */
const images = new Set([
  "arayan/monero-miner",
  "kannix/monero-miner",
  "minecoins/minergate-cli",
  "timonmat/xmr-stak-cpu",
  "bioset/wordpress",
  "servethehome/monero_cpu_minergate",
  "kazutod/tene",
]);

/** Miner programs, as a whole word of a name. */
const software = new Set(
  (
    "xmrig xmrigcc xmrstak xmrminer cpuminer minerd ccminer ethminer cgminer bfgminer sgminer nheqminer lolminer " +
    "nbminer gminer bminer phoenixminer teamredminer srbminer srbmulti nanominer bzminer trexminer kawpowminer " +
    "wildrig cryptodredge nsfminer hellminer verusminer onezerominer rhminer miniz-miner claymoreminer ethdcrminer64 " +
    "minergate nicehash nicehashminer moneroocean coinhive webminerpool cryptonight cryptominer cryptomining coinminer " +
    "cryptojacker cryptojacking altminer nodeminer deepminer xmrigdaemon xmrigproxy cnrig astrominer qubicminer veriumminer"
  ).split(" "),
);
/** Names of two words; `t-rex` alone is a dinosaur. */
const pairs = new Set(
  "xmr-stak cpu-miner gpu-miner cuda-miner opencl-miner t-rex-miner trex-miner crypto-miner crypto-mining coin-miner webchain-miner".split(
    " ",
  ),
);
/** Stems that stand in no other word. */
const stems = ["xmrig", "cpuminer", "minergate", "cryptonight", "xmrstak", "moneroocean", "srbminer"];

const coins = new Set(
  (
    "monero xmr bitcoin btc ethereum eth litecoin ltc dogecoin doge zcash zec aeon ravencoin rvn electroneum etn " +
    "bytecoin bcn verium vrm verus veruscoin vrsc raptoreum rtm turtlecoin trtl dero duco duinocoin kaspa kas ergo " +
    "sumokoin masari zephyr zeph magi zoin zano conceal wownero cryptocurrency crypto coin coins " +
    "altcoin randomx ethash kawpow equihash qubic kadena nimiq pirl yada yadacoin raven duino"
  ).split(" "),
);
const minerWords = new Set(["miner", "miners", "mining", "mine", "minerd", "mineur", "minero"]);
/** Software about miners, not of them. */
const about = new Set(
  (
    "exporter detector detection detect blocker block anti killer scanner monitor monitoring dashboard explorer " +
    "honeypot docs website"
  ).split(" "),
);

export interface MinerImage {
  /** The part of the name that told. */
  readonly sign: string;
  readonly kind: "listed" | "named";
  readonly confidence: "low" | "high";
}

/** Judges a name as written (`docker.io/x/y:tag`, a mirror's `host/proxy/x/y`). Never throws. */
export function minerImage(name: string): MinerImage | undefined {
  const reference = imageReference(name);
  if (!reference) return undefined;
  return listed(reference) ?? named(reference);
}

/** A mirror puts its own components before the name, so the last two count. */
function listed({ path }: ImageReference): MinerImage | undefined {
  const [account, repository] = path.slice(-2);
  if (repository === undefined || account === undefined) return undefined;
  const full = `${account}/${repository}`;
  return accounts.has(account) || images.has(full) ? { sign: full, kind: "listed", confidence: "high" } : undefined;
}

function named({ path, tag }: ImageReference): MinerImage | undefined {
  // The namespace may name the coin and the repository the trade: `monero/miner`.
  const repository = path.at(-1) as string;
  for (const part of [...path.slice(-2), tag]) {
    const words = part.split(/[-_.+]+/, 32).filter((word) => word !== "");
    const sign = minerIn(words, part === tag);
    if (sign) return { sign, kind: "named", confidence: words.some((word) => about.has(word)) ? "low" : "high" };
  }
  const namespace = path.slice(0, -1).at(-1);
  const trade = repository.split(/[-_.]+/, 8);
  const coin = namespace?.split(/[-_.]+/, 8).find((word) => coins.has(word) && word !== "coin" && word !== "crypto");
  const mines = trade.some((word) => minerWords.has(word)) && trade.every((word) => neutral.has(word));
  return coin && mines ? { sign: `${namespace}/${repository}`, kind: "named", confidence: "high" } : undefined;
}

/** Beside `miner` only these leave no doubt that the namespace says what is mined. */
const neutral = new Set([
  ...minerWords,
  "cpu",
  "gpu",
  "cuda",
  "docker",
  "pool",
  "solo",
  "latest",
  "image",
  "container",
]);

function minerIn(words: readonly string[], tag: boolean): string | undefined {
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as string;
    if (isSoftware(word)) return word;
    const two = `${word}-${words[i + 1] ?? ""}`;
    if (pairs.has(two) || pairs.has(`${two}-${words[i + 2] ?? ""}`)) return two;
  }
  if (tag) return undefined;
  const coin = words.find((word) => coins.has(word));
  const trade = words.find(
    (word) => minerWords.has(word) || (word.endsWith("pool") && coins.has(word.slice(0, -"pool".length))),
  );
  return coin && trade ? `${coin} ${trade}` : undefined;
}

/** Whole word, a stem with anything glued to it, or a coin with `miner` glued to it (`zoinminer`). */
function isSoftware(word: string): boolean {
  const bare = word.replace(/^docker|v?\d{1,4}$/g, "");
  if (software.has(word) || software.has(bare)) return true;
  if (stems.some((stem) => word.startsWith(stem) || word.endsWith(stem))) return true;
  const glued = /^([a-z]{2,24})(?:miner|mining)s?$/.exec(bare)?.[1];
  return glued !== undefined && (coins.has(glued) || (glued.length > 5 && glued.endsWith("coin")));
}
