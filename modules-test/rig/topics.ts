/** edgeHub's MQTT topics (appsettings_hub.json of Azure/iotedge), read and written. */

export type Properties = Readonly<Record<string, string>>;

/** What a client may publish. */
export type Published =
  | {
      readonly kind: "telemetry";
      readonly deviceId: string;
      readonly moduleId?: string;
      readonly properties: Properties;
    }
  | { readonly kind: "twin-get"; readonly requestId: string }
  | { readonly kind: "twin-report"; readonly requestId: string }
  | { readonly kind: "method-answer"; readonly requestId: string; readonly status: number };

export const TWIN_ANSWERS = "$iothub/twin/res/#";
export const DESIRED_PATCHES = "$iothub/twin/PATCH/properties/desired/#";
export const METHOD_CALLS = "$iothub/methods/POST/#";
export const inputsOf = (deviceId: string, moduleId: string): string =>
  `devices/${deviceId}/modules/${moduleId}/inputs/#`;

const TELEMETRY = /^devices\/([^/]+)(?:\/modules\/([^/]+))?\/messages\/events\/?([^/]*)\/?$/;
const TWIN_GET = /^\$iothub\/twin\/GET\/\?\$rid=([^&]+)/;
const TWIN_REPORT = /^\$iothub\/twin\/PATCH\/properties\/reported\/\?\$rid=([^&]+)/;
const METHOD_ANSWER = /^\$iothub\/methods\/res\/(\d+)\/\?\$rid=([^&]+)/;

/** Undefined when the topic is none of edgeHub's: it then closes the connection. */
export function readTopic(topic: string): Published | undefined {
  const telemetry = TELEMETRY.exec(topic);
  if (telemetry?.[1]) {
    const properties = readProperties(telemetry[3] ?? "");
    return { kind: "telemetry", deviceId: telemetry[1], ...(telemetry[2] && { moduleId: telemetry[2] }), properties };
  }
  const get = TWIN_GET.exec(topic)?.[1];
  if (get) return { kind: "twin-get", requestId: get };
  const report = TWIN_REPORT.exec(topic)?.[1];
  if (report) return { kind: "twin-report", requestId: report };
  const answer = METHOD_ANSWER.exec(topic);
  return answer?.[2] ? { kind: "method-answer", requestId: answer[2], status: Number(answer[1]) } : undefined;
}

export const twinAnswer = (status: number, requestId: string, version?: number): string =>
  `$iothub/twin/res/${status}/?$rid=${requestId}${version === undefined ? "" : `&$version=${version}`}`;
export const desiredPatch = (version: number): string => `$iothub/twin/PATCH/properties/desired/?$version=${version}`;
export const methodCall = (name: string, requestId: string): string =>
  `$iothub/methods/POST/${name}/?$rid=${requestId}`;
export const inputMessage = (deviceId: string, moduleId: string, input: string, properties: Properties): string =>
  `devices/${deviceId}/modules/${moduleId}/inputs/${input}/${writeProperties(properties)}`;

/** `a=b&c=d`, both sides percent-encoded. A name without value is an empty string. */
export function readProperties(text: string): Properties {
  const pairs = text.split("&").filter((pair) => pair !== "");
  return Object.fromEntries(pairs.map((pair) => splitPair(pair.startsWith("?") ? pair.slice(1) : pair)));
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [unescaped(pair), ""] : [unescaped(pair.slice(0, at)), unescaped(pair.slice(at + 1))];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const writeProperties = (properties: Properties): string =>
  Object.entries(properties)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
