/**
 * Offensive tools by the name of their program or script. Names were collected from the tools' own projects and the
 * Kali Linux tool index (kali.org/tools), November 2026; no rule text of others is used.
 *
 * Tier A has no second use on an Edge device. Tier B is used by administrators too and is judged by its arguments.
 */
import { basename } from "./paths.ts";

const tierA: Readonly<Record<string, readonly string[]>> = {
  "password guessing": [
    "hydra pw-inspector medusa ncrack patator crowbar brutespray brutex kerbrute brutessh",
    "sshbrute ssh-brute sshbruter ssh_bruteforce bruteforce-ssh sudo_bruteforce sucrack haiduc 0trace cewl crunch",
    "maskprocessor hash-identifier hashid rsmangler wordlistctl legba changeme john hashcat spray trevorspray",
  ],
  "network scanning": [
    "masscan zmap zgrab zgrab2 rustscan naabu unicornscan pnscan pscan pscan2 sshscan ipscan netdiscover",
    "arp-scan onesixtyone snmp-check enum4linux enum4linux-ng nbtscan smbmap autorecon reconftw",
    "nmapautomator ike-scan sslscan braa dnsenum dnsrecon dnsmap fierce theharvester",
    "subfinder amass assetfinder fscan kscan railgun goby",
  ],
  "web attack": [
    "sqlmap nikto gobuster ffuf wfuzz feroxbuster dirb dirbuster dirsearch wpscan joomscan droopescan commix xsser",
    "xsstrike nuclei skipfish wapiti arachni w3af whatweb jsql sqlninja sqlsus bbqsql nosqlmap tplmap weevely",
    "weevely3 davtest zap-cli burpsuite wafw00f padbuster jexboss ysoserial",
  ],
  "exploitation framework": [
    "msfconsole msfvenom msfdb msfd msfrpc msfrpcd msfupdate meterpreter armitage searchsploit routersploit rsf",
    "sliver-server sliver-client mythic-cli poshc2 merlinagent merlinserver empire-server pwncat pwncat-cs koadic",
    "villain havoc teamserver cobaltstrike pupysh pupy setoolkit beef shellter veil evilginx",
    "evilginx2 king-phisher gophish isf exploitpack autosploit",
  ],
  "privilege escalation check": [
    "linpeas peass winpeas linenum linuxprivchecker linux-exploit-suggester linux-exploit-suggester-2 les les2",
    "linux-smart-enumeration lse unix-privesc-check pspy pspy32 pspy64 pspy32s pspy64s beroot suid3num suidenum gtfoblookup",
    "traitor sudo_killer sudokiller upc autosuid",
  ],
  "container attack": [
    "deepce peirates amicontained botb kubeletctl kube-hunter kdigger dockerscan cdk_linux",
    "gorsair docker_escape docker-escape kubesploit hoaxshell ctrsploit go-pillage-registries",
  ],
  "credential relay or network poisoning": [
    "ettercap bettercap arpspoof dnsspoof macof dsniff urlsnarf mailsnarf filesnarf msgsnarf webspy sslstrip",
    "sslsniff mitm6 mitmf ntlmrelayx multirelay yersinia inveigh dnschef evil-winrm xerosploit",
    "tcpkill tcpnice fragroute fragrouter",
  ],
  "windows network attack": [
    "crackmapexec cme netexec nxc secretsdump psexec wmiexec smbexec atexec dcomexec getnpusers getuserspns",
    "getadusers lookupsid samrdump ticketer goldenpac bloodhound-python rubeus mimikatz pypykatz ldapdomaindump",
    "certipy kerberoast rpcdump ntlm_theft petitpotam",
  ],
  "denial of service": [
    "slowloris slowhttptest goldeneye hulk torshammer thc-ssl-dos xerxes loic hoic pyloris rudy r-u-dead-yet t50",
    "mausezahn udpflood synflood synflooder tcpflood ackflood httpflood ddosim ufonet saphyra impulse",
    "mhddos dnsdrdos ntpdos memcrashed davoset killapache apachekiller slowdroid",
  ],
  "wireless attack": [
    "aircrack-ng airodump-ng aireplay-ng airmon-ng airbase-ng airdecap-ng airtun-ng besside-ng wifite wifite2 reaver",
    "pixiewps bully mdk3 mdk4 cowpatty fluxion wifiphisher hcxdumptool kismet_server eaphammer fern-wifi-cracker",
    "hostapd-wpe wifipumpkin3 bluesnarfer spooftooph btlejack ubertooth-scan killerbee zbstumbler",
  ],
  "industrial or iot attack": ["smod plcscan s7scan mqtt-pwn expliot firmwalker iotseeker"],
  "post exploitation": [
    "icmpsh icmptunnel dnscat dnscat2",
    "rootkit bashark thefatrat backdoor-factory phpsploit sbd cryptcat logkeys",
  ],
};

const purposes = new Map<string, string>(
  Object.entries(tierA).flatMap(([purpose, lines]) =>
    lines.flatMap((line) => line.split(" ").map((name) => [name, purpose] as const)),
  ),
);

/** Names that honest programs share: only with these words among the arguments. */
const ambiguous: Readonly<Record<string, { readonly purpose: string; readonly needs: RegExp }>> = {
  // AWS's deployment tool has the same name, with the verbs synth, deploy, diff...
  cdk: { purpose: "container attack", needs: /^(?:evaluate|eva|run|auto-escape|kcurl|ectl|ucurl|probe|--full)$/ },
  responder: { purpose: "credential relay or network poisoning", needs: /^(?:-I|--interface|-A|--analyze|-rdw|-wrf)/ },
  reaver: { purpose: "wireless attack", needs: /^-[ib]/ },
  spray: { purpose: "password guessing", needs: /^-(?:smb|lync|owa|cisco|U|P)$/ },
  veil: { purpose: "exploitation framework", needs: /^-[tp]$/ },
  beef: { purpose: "exploitation framework", needs: /^-[xvci]/ },
  httpx: { purpose: "web attack", needs: /^-(?:l|title|tech-detect|sc|status-code|probe)$/ },
  crunch: { purpose: "password guessing", needs: /^\d+$/ },
  rudy: { purpose: "denial of service", needs: /^(?:-[tu]|https?:)/ },
  les: { purpose: "privilege escalation check", needs: /^-/ },
};
const scriptOnly = new Set(["spray", "les", "lse", "hulk", "beef", "veil", "rudy", "crunch", "upc", "impulse", "isf"]);

const scriptEnds = [".sh", ".py", ".pl", ".rb", ".php", ".bash", ".elf", ".bin", ".out", ".jar", ".go", ".exe", ".bak"];
const buildEnds = [
  "amd64",
  "x86_64",
  "x86-64",
  "x64",
  "arm64",
  "aarch64",
  "armhf",
  "armv7",
  "arm",
  "i386",
  "i686",
  "x86",
  "386",
  "linux64",
  "linux",
  "static",
  "musl",
  "fat",
  "small",
  "64s",
  "32s",
];

/** Basename in lower case without script and build suffixes: `/tmp/LinPEAS_linux_amd64.sh` is `linpeas`. */
export function toolName(path: string): string {
  let name = basename(path).slice(0, 128).toLowerCase();
  const script = scriptEnds.find((end) => name.endsWith(end) && name.length > end.length);
  if (script) name = name.slice(0, -script.length);
  for (let round = 0; round < 5; round++) {
    const end = buildEnds.find(
      (known) => name.endsWith(known) && /[-_.]/.test(name[name.length - known.length - 1] ?? ""),
    );
    const shorter = end === undefined ? name.replace(version, "") : name.slice(0, -end.length - 1);
    if (shorter === name || shorter === "") break;
    name = shorter;
  }
  return name;
}

const version = /[-_]?v?\d{1,3}(?:\.\d{1,4}){1,3}$/;

/** Local privilege escalation exploits by their public names (kernel and sudo, polkit, runc... advisories). */
const exploits =
  /^(?:cve[-_]?\d{4}[-_]\d{3,7}|dirty[-_]?(?:cow|pipe|sock|cred|frag|pagetable)|cowroot|c0w|pwnkit|pwn[-_]?kit|baron[-_]?samedit|looney[-_]?tunables|gameover(?:lay)?|overlayfs[-_]?(?:exploit|poc)|ofs|rootshell|eternalblue|shellshock|log4shell|spring4shell|ptrace[-_]?(?:exploit|traceme)|nimbuspwn|sequoia[-_]?exploit|half[-_]?nelson|full[-_]?nelson|mempodipper|rds[-_]?exploit|vmsplice|semtex|enlightenment)/;

/** Home-made scanners, guessers and flooders (`port_scanner.py`, `ssh-brute.sh`, `udp_flood.pl`). */
const homemade =
  /^(?:[\w]{1,16}[-_])?(?:port|ssh|ip|net|network|telnet|subnet|smb|vuln)[-_]?scan(?:ner)?\b|(?:^|[-_])brute(?:[-_]?force|r)?(?:[-_.]|$)|(?:^|[-_])(?:ddos|dos|flood|flooder)\.(?:py|pl|sh|rb)$/;

/** Is a script, given to an interpreter or run by its path, named like an attack? */
export function homemadeTool(path: string): boolean {
  const name = basename(path).slice(0, 96).toLowerCase();
  return (
    homemade.test(name) && !/^check[-_]|^test[-_]|[-_](?:test|check|report|protect\w*|detect\w*|block\w*)\b/.test(name)
  );
}

/** What an exploit's file name gives away, or undefined. */
export function exploitName(path: string): string | undefined {
  const name = basename(path).slice(0, 128).toLowerCase();
  if (exploits.test(name)) return name;
  return /(?:^|[-_.\d])(?:exploit|expl0it|xpl|localroot|local-root|privesc|lpe|0day|rootkit)(?:[-_.\d]|$)/.test(name)
    ? name
    : undefined;
}

/** Purpose of a tier A tool, or undefined. `script`: the name came from an interpreter's operand. */
export function attackToolPurpose(path: string, args: readonly string[], script: boolean): string | undefined {
  const name = toolName(path);
  if (name.startsWith("impacket-")) return "windows network attack";
  const doubtful = Object.hasOwn(ambiguous, name) ? ambiguous[name] : undefined;
  if (doubtful && !script) {
    return args.slice(0, 64).some((arg) => doubtful.needs.test(arg)) ? doubtful.purpose : undefined;
  }
  if (doubtful) return doubtful.purpose;
  if (scriptOnly.has(name) && !script && basename(path).toLowerCase() === name) return undefined;
  return purposes.get(name);
}
