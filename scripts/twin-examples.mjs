/**
 * Examples of the reference page of the twin. Each stands under `properties.desired`; the generator and a test judge
 * each of them with the code that judges a twin, so none of them can go stale.
 */
export const examples = [
  {
    title: "Start carefully: count everything, send nothing",
    text: "Observe mode for the whole module. What would have been sent is counted by alert in the reported property `observed`; when the counts are what you expect, set `observe` to `null`.",
    desired: { schemaVersion: "1.0", observe: true },
  },
  {
    title: "An alert with thresholds",
    text: "The time settings are seconds. A first look in observe mode for this alert alone, with a severity of your own.",
    desired: {
      alerts: {
        "brute-force-failed": {
          fastAttempts: 5,
          fastSeconds: 60,
          slowAttempts: 20,
          slowSeconds: 3600,
          severity: "medium",
          observe: true,
        },
      },
    },
  },
  {
    title: "An alert with a list of what is allowed",
    text: "Lists are arrays. A patch replaces an array as a whole: give all entries, not only the new one.",
    desired: {
      alerts: {
        "local-login-success": { expectedUsers: ["operator", "service"], reportAutologin: false },
        "crypto-miner-process": { allowedPools: ["pool.lab.example"] },
      },
    },
  },
  {
    title: "An alert about containers",
    text: "By image id where you can: a name says nothing about what is in the image.",
    desired: {
      alerts: {
        "privileged-container": {
          allowedImageIds: ["sha256:0f6d1c0f3a1f7a2f7b6f0b5d2c7e8a9b0c1d2e3f405162738495a6b7c8d9e0f1"],
        },
      },
    },
  },
  {
    title: "An alert switched off, and one that also sends its uncertain findings",
    text: "`minConfidence` is the floor: below it findings are counted as `suppressed.belowConfidence`.",
    desired: {
      alerts: {
        "htaccess-access": { enabled: false },
        "local-host-reconnaissance": { minConfidence: "low" },
      },
    },
  },
  {
    title: "Exceptions",
    text: "An exception is one rule: a finding that matches **all** of its fields is not raised. Its name is yours, and how often it applied is reported under it. Remove one by setting its name to `null`.",
    desired: {
      alerts: {
        "suspicious-compilation": {
          exceptions: {
            "plant-drivers": {
              reason: "dkms builds the fieldbus driver after a kernel update, ticket 4711",
              ancestor: "/usr/sbin/dkms",
              user: "root",
            },
          },
        },
        "brute-force-failed": {
          exceptions: {
            scanner: {
              reason: "vulnerability scan of the site",
              address: "192.0.2.0/28",
              expires: "2027-01-31T18:00:00+09:00",
            },
          },
        },
        "privileged-container": {
          exceptions: { "gpu-monitor": { module: "gpumonitor", image: "registry.example/gpu-monitor*" } },
        },
        "possible-data-loss": {
          exceptions: { backup: { commandLine: "rsync -a /data/*", user: "backup" } },
        },
      },
    },
  },
  {
    title: "Threat lists",
    text: "Three sources; `suspicious-ip` (addresses, domains), `malicious-source-download` (addresses, domains, URLs) and `crypto-miner-container-image` (images) ask all lists. An entry that covers every device's own network (`10.0.0.0/8`, `127.0.0.0/8`...), as lists of unrouted space hold it, is left out.",
    desired: {
      threatLists: {
        incident: { entries: { c2: "203.0.113.66", dropper: "https://files.example/x.sh", net: "198.51.100.0/24" } },
        site: { file: "site.txt" },
        feed: {
          url: "https://feeds.example/blocklist.csv",
          format: "csv",
          column: 2,
          intervalMinutes: 720,
          maxMegabytes: 32,
        },
        frozen: {
          url: "https://feeds.example/2026-11.hosts",
          format: "hosts",
          sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        },
      },
      alerts: { "suspicious-ip": { allowedAddresses: ["198.51.100.7"] } },
    },
  },
  {
    title: "Custom alerts",
    text: "All six are off until `enabled` is `true`; severity Low unless you set another. `min` and `max` are the allowed range, both included.",
    desired: {
      alerts: {
        "custom-active-connections": { enabled: true, min: 1, max: 40, windowSeconds: 300 },
        "custom-failed-local-logins": { enabled: true, min: 0, max: 3, windowSeconds: 600 },
        "custom-connection-not-allowed": {
          enabled: true,
          allowPrivate: true,
          allowedAddresses: ["203.0.113.0/24", "2001:db8::/32"],
        },
        "custom-login-not-allowed": { enabled: true, allowedUsers: ["operator"], severity: "high" },
        "custom-process-not-allowed": { enabled: true, allowed: ["/usr/bin/*", "/usr/sbin/*", "/usr/lib/*"] },
        "custom-message-count": {
          enabled: true,
          deviceId: "press-7",
          moduleId: "telemetry",
          min: 50,
          max: 400,
          windowSeconds: 3600,
        },
      },
    },
  },
  {
    title: "Limits, repeats, heartbeat, language",
    text: "For a device on a metered link.",
    desired: {
      language: "ja",
      limits: { perMinute: 5, perDay: 100 },
      repeats: { windowMinutes: 720 },
      heartbeat: { intervalMinutes: 240 },
    },
  },
  {
    title: "The module's own alerts",
    text: "They have sections like all others.",
    desired: {
      alerts: {
        "coverage-lost": { minimumLost: 100 },
        "device-silent": { hours: 24, ignoredSenders: ["press-9"] },
        "alerts-held-back": { severity: "high" },
      },
    },
  },
];

/** The classic agent's twin of the page, and what becomes of it. */
export const classicExample = {
  "ms_iotn:urn_azureiot_Security_SecurityAgentConfiguration": {
    snapshotFrequency: { value: "PT13H" },
    aggregationIntervalProcessCreate: { value: "PT2H" },
    eventPriorityLogin: { value: "Off" },
    highPriorityMessageFrequency: { value: "PT7M" },
    maxMessageSizeInBytes: { value: 204800 },
  },
};
