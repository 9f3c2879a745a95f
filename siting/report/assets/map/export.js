/* What leaves the page: gaps as CSV, a trial as [[change]] blocks. */
Siting.exports = (() => {
  const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
  const DEGREE_DECIMALS = 9; // a tenth of a millimetre: the same millimetre in an official run

  const cell = (value) => {
    if (value == null) return "";
    if (typeof value === "number") return String(value);
    const text = FORMULA.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  /* CSV that Excel reads: UTF-8 with a byte order mark, nothing that runs. */
  const csv = (columns, rows) =>
    "\ufeff" + [columns, ...rows.map((row) => columns.map((column) => row[column]))].map((line) => line.map(cell).join(",")).join("\n") + "\n";

  const toml = (value) => (typeof value === "string" ? JSON.stringify(value).replaceAll("\u007f", "\\u007f") : String(value));

  function block(fields) {
    const lines = Object.entries(fields).filter(([, value]) => value != null);
    return ["[[change]]", ...lines.map(([key, value]) => `${key} = ${toml(value)}`), ""].join("\n");
  }

  /* The trial as blocks to paste into a scenario, in the order in which they must be applied. */
  function changes(edits, { facilities, plane, columns }) {
    const degrees = (x, y) => plane.toLonLat(x, y).map((value) => Number(value.toFixed(DEGREE_DECIMALS)));
    const point = (x, y) => `[${degrees(x, y).map((value) => value.toFixed(DEGREE_DECIMALS)).join(", ")}]`;
    const blocks = edits.links.map(
      ({ x0, y0, x1, y1 }) => `[[change]]\ndo = "link"\nfrom = ${point(x0, y0)}\nto = ${point(x1, y1)}\n`,
    );
    for (const f of edits.closed) blocks.push(block({ do: "close", facility: facilities[f].id }));
    for (const f of edits.opened) blocks.push(block({ do: "open", facility: facilities[f].id }));
    for (const one of edits.added) {
      const [lon, lat] = degrees(one.x, one.y);
      const capacity = columns[one.kind] ? one[columns[one.kind]] : null;
      blocks.push(block({ do: "open", kind: one.kind, lon, lat, capacity, name: one.name || null }));
    }
    return blocks.join("\n");
  }

  function download(name, text, type) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    Siting.dom.el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  return { csv, changes, download };
})();
