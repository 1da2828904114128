// Results as a person reads them: what was measured, its spread, and the target beside it.

const seconds = (value) => value.toFixed(value < 10 ? 2 : 1);
const megabytes = (value) => (value / 1e6).toFixed(0);
const rangeOf = ({ min, median, max }, unit = seconds) => `${unit(min)} / ${unit(median)} / ${unit(max)}`;

function table(heading, rows) {
  const widths = heading.map((_, column) =>
    Math.max(...[heading, ...rows].map((row) => String(row[column] ?? "").length)),
  );
  const line = (row) =>
    row
      .map((cell, column) => String(cell ?? "").padEnd(widths[column]))
      .join("  ")
      .trimEnd();
  return [line(heading), ...rows.map(line)].join("\n");
}

export function logTable(title, { rows }) {
  const cells = rows.map(({ name, missing, cpu, wall, rss }) =>
    missing ? [name, missing] : [name, rangeOf(cpu), rangeOf(wall), megabytes(rss)],
  );
  return `\n${title}\n${table(["contender", "CPU s min/median/max", "wall s min/median/max", "peak MB"], cells)}`;
}

export function detectorTable(rows) {
  const cells = rows
    .filter(({ facts }) => facts > 0)
    .map(({ name, kinds, facts, perMillion, share }) => [
      name,
      perMillion.toFixed(2),
      `${(share * 100).toFixed(1)} %`,
      facts,
      kinds,
    ]);
  return `\nDetectors, each alone over the recording\n${table(["detector", "CPU s per million facts", "of all", "facts", "asks for"], cells)}`;
}

/** @param {readonly {what: string, measured: number|undefined, target: number, unit: string, most?: boolean, note?: string}[]} ratios */
export function targetTable(ratios) {
  const cells = ratios.map(({ what, measured, target, unit, least, note }) => {
    if (measured === undefined)
      return [what, "not measured", `${least ? ">=" : "<="} ${target} ${unit}`, "", note ?? ""];
    const met = least ? measured >= target : measured <= target;
    const digits = Math.abs(measured) < 10 ? 2 : 0;
    return [
      what,
      `${measured.toFixed(digits)} ${unit}`,
      `${least ? ">=" : "<="} ${target} ${unit}`,
      met ? "met" : "MISSED",
      note ?? "",
    ];
  });
  return `\nTargets\n${table(["what", "measured", "target", "", ""], cells)}`;
}

export function machineLine({ processor, cores, memory, kernel, node, loadBefore }) {
  return `${processor}, ${cores} cores, ${megabytes(memory)} MB, Linux ${kernel}, Node ${node}, load ${loadBefore.toFixed(2)} before the start`;
}
