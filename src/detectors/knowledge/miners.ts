/**
 * Cryptocurrency miners: programs, pools, options. Names from the miners' own projects and pool lists
 * (xmrig.com/docs, miningpoolstats.stream, 2miners.com), malware names from published analyses; November 2026.
 */
import { basename } from "./paths.ts";
import { toolName } from "./tools.ts";

const programs = new Set(
  [
    "xmrig xmrig-daemon xmrigdaemon xmrig-notls xmrig-cuda xmrig-amd xmrig-nvidia xmrigcc xmr-stak xmr-stak-cpu",
    "xmr-stak-rx xmrstak xmrminer xmr-miner xmrig-proxy p2pool cpuminer cpuminer-multi cpuminer-opt cpuminer-gr minerd",
    "minergate minergate-cli bfgminer cgminer sgminer ccminer ethminer nheqminer nsgpuminer lolminer nbminer t-rex",
    "phoenixminer teamredminer gminer srbminer srbminer-multi nanominer claymore ethdcrminer64 cryptodredge wildrig",
    "wildrig-multi kawpowminer bminer miniz verthashminer rhminer hellminer astrominer dero-miner",
    "tnn-miner-cli qubic-miner monero-miner aeon-miner moneroocean_miner c3pool_miner coinhive jsecoin",
    "deepminer rigel onezerominer bzminer poolminer jhprotominer randomx-miner",
    "nicehashminer nicehash claymore-miner",
  ].flatMap((line) => line.split(" ")),
);

/** Miners under other names, as worms install them. Judged only as program names, since some are harmless words. */
const disguised = new Set(
  [
    "kdevtmpfsi kthreaddi zzh kerberods khugepageds watchbog watchdogs ddgs qw3xt.2",
    "sustes suppoie java_c dbused kpsmouseds kworkerds ksoftirqds sysrv",
    "sysrv012 crond64 xmra64 xmrig64 cnrig dhpcd",
  ].flatMap((line) => line.toLowerCase().split(" ")),
);

/** Basename in lower case without version and build suffixes: `xmrig-6.21.0-linux-x64` is `xmrig`. */
export function minerName(path: string): string | undefined {
  const name = basename(path).slice(0, 96).toLowerCase();
  if (programs.has(name) || disguised.has(name)) return name;
  const bare = toolName(name);
  if (bare !== name && programs.has(bare)) return bare;
  return /^(?:xmrig|xmr-?stak|cpuminer|minergate|srbminer|moneroocean|c3pool)[-_.]/.test(name) ? name : undefined;
}

/** Is this whole word a miner's public name (not a disguise)? */
export function isMinerWord(word: string): boolean {
  return word.length < 64 && programs.has(word.toLowerCase());
}

const poolDomains = [
  "supportxmr.com",
  "nanopool.org",
  "minergate.com",
  "minexmr.com",
  "hashvault.pro",
  "moneroocean.stream",
  "2miners.com",
  "c3pool.com",
  "c3pool.org",
  "f2pool.com",
  "f2xtpool.com",
  "unmineable.com",
  "unmineable-asia.com",
  "herominers.com",
  "nicehash.com",
  "ethermine.org",
  "dwarfpool.com",
  "crypto-pool.fr",
  "crypto-pool.info",
  "monerohash.com",
  "xmrpool.eu",
  "xmrpool.net",
  "xmrpool.de",
  "moneropool.com",
  "moneropool.nl",
  "monero.us.to",
  "miningpoolhub.com",
  "prohashing.com",
  "zpool.ca",
  "zergpool.com",
  "zergpool.eu",
  "suprnova.cc",
  "slushpool.com",
  "braiins.com",
  "viabtc.com",
  "viabtc.io",
  "antpool.com",
  "flypool.org",
  "poolin.com",
  "gntl.uk",
  "gntl.co.uk",
  "xmrminerpro.com",
  "hashcity.org",
  "ppxxmr.com",
  "poolto.be",
  "minemonero.pro",
  "skypool.org",
  "skypool.xyz",
  "bohemianpool.com",
  "minexmr.cn",
  "iwanttoearn.money",
  "cryptmonero.com",
  "xmrfast.com",
  "mypool.online",
  "backup-pool.com",
  "usxmrpool.com",
  "semipool.com",
  "volt-mine.com",
  "coinfoundry.org",
  "luckypool.io",
  "kryptex.network",
  "rplant.xyz",
  "woolypooly.com",
  "mining-dutch.nl",
  "ravenminer.com",
  "beepool.org",
  "sparkpool.com",
  "nanopool.com",
  "mining.bitcoin.cz",
  "ckpool.org",
  "solo.ckpool.org",
  "p2pool.io",
  "coin-hive.com",
  "coinhive.com",
  "donate.v2.xmrig.com",
  "donate.ssl.xmrig.com",
  "pool.sexy",
].map((domain) => domain.toLowerCase());

/** Ports on which pools listen and little else does (stratum has no assigned port). */
export const poolPorts: ReadonlySet<number> = new Set([
  3333, 4444, 5555, 7777, 9999, 13333, 14433, 14444, 10128, 10343, 12433, 45560, 45700, 45790, 20580, 5730,
]);

/** Is this host a known pool, or named like one (`xmr-eu1.pool.example`)? */
export function poolHost(host: string): boolean {
  const name = host.toLowerCase();
  if (poolDomains.some((domain) => name === domain || name.endsWith(`.${domain}`))) return true;
  const labels = name.split(".").slice(0, -1);
  const coin = labels.some((label) =>
    /^(?:xmr|monero|rx|randomx|cryptonight|zeph|rvn|etc|kas)(?:$|[-_\d])/.test(label),
  );
  const pool = labels.some((label) => /(?:^|[-_])(?:pool|mine|mining|miner|stratum)(?:$|[-_\d])/.test(label));
  return coin && pool;
}

/** Proof-of-work algorithms as miners name them on their command line. */
export const algorithm =
  /^(?:rx\/\w{1,10}|randomx\w{0,8}|cn(?:-lite|-heavy|-pico|-half|-gpu)?\/[\w-]{1,8}|cryptonight[\w-]{0,16}|argon2\/\w{1,10}|ghostrider|kawpow|ethash|etchash|yespower\w{0,10}|yescryptr?\d{0,3}|verushash|verushash2\.?\d?|scrypt|sha256d|lyra2\w{1,6}|x1[1-7]\w{0,3}|x16rv?2?|x21s|neoscrypt|equihash\w{0,10}|autolykos2?|progpow\w{0,8}|octopus|astrobwt\w{0,6}|kheavyhash|blake3|beamhash\w{0,4})$/i;

/** Options that only miners have (xmrig.com/docs/miner/command-line-options, xmr-stak, cpuminer). */
export const minerOnlyOptions: ReadonlySet<string> = new Set([
  "donate-level",
  "donate-over-proxy",
  "nicehash",
  "rig-id",
  "randomx-init",
  "randomx-no-numa",
  "randomx-mode",
  "randomx-1gb-pages",
  "randomx-wrmsr",
  "randomx-no-rdmsr",
  "randomx-cache-qos",
  "cpu-max-threads-hint",
  "cpu-no-yield",
  "argon2-impl",
  "noTLS",
  "noNVIDIA",
  "noAMDCache",
]);

/** A Monero address: 95 characters (standard `4`, subaddress `8`) or 106 (integrated), base58. */
export const moneroAddress =
  /(?:^|[^1-9A-HJ-NP-Za-km-z])[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?:[1-9A-HJ-NP-Za-km-z]{11})?(?:$|[^1-9A-HJ-NP-Za-km-z])/;
