/* Facilities, gaps and candidates: few, named, drawn above the people. */
Siting.symbols = (() => {
  const INK = "#1f2a37";
  const GAP = "#a33b05";
  const CANDIDATE = "#5b2a86";

  function disc(context, x, y, r) {
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
  }

  function cross(context, x, y, r) {
    context.beginPath();
    context.moveTo(x - r, y - r);
    context.lineTo(x + r, y + r);
    context.moveTo(x + r, y - r);
    context.lineTo(x - r, y + r);
    context.strokeStyle = GAP;
    context.lineWidth = 3;
    context.stroke();
  }

  function glyph(context, text, x, y, size, colour) {
    // Figures need no search through the fonts of Chinese characters.
    context.font = `600 ${size}px ${/^\d+$/.test(text) ? "sans-serif" : Siting.base.FONT}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = colour;
    context.fillText(text, x, y + 0.5);
  }

  /* Existing: solid; planned or being built: hollow with a dashed rim. */
  function facility(context, x, y, { text, exists, near, far, trial }) {
    const r = near ? 10 : far ? 2.2 : 4;
    disc(context, x, y, r);
    context.fillStyle = exists ? INK : "#ffffff";
    context.fill();
    context.lineWidth = near ? 1.6 : far ? 0.8 : 1.2;
    context.strokeStyle = exists ? "#ffffff" : INK;
    context.setLineDash(exists || !near ? [] : [3, 2]);
    context.stroke();
    context.setLineDash([]);
    if (near) glyph(context, text, x, y, 11, exists ? "#ffffff" : INK);
    if (trial) {
      disc(context, x, y, r + 3);
      context.strokeStyle = CANDIDATE;
      context.lineWidth = 2;
      context.stroke();
    }
    if (trial === "closed") cross(context, x, y, r + 3);
  }

  function gap(context, x, y, { text, r }) {
    disc(context, x, y, r);
    context.lineWidth = 4.5;
    context.strokeStyle = "rgba(255,255,255,.9)";
    context.stroke();
    context.lineWidth = 2.2;
    context.strokeStyle = GAP;
    context.stroke();
    const width = 10 + 7 * text.length;
    context.beginPath();
    context.roundRect(x - width / 2, y - r - 9, width, 16, 8);
    context.fillStyle = GAP;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = "#ffffff";
    context.stroke();
    glyph(context, text, x, y - r - 1, 11, "#ffffff");
  }

  function candidate(context, x, y, { text }) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 6, y - 9);
    context.lineTo(x + 6, y - 9);
    context.closePath();
    context.roundRect(x - 11, y - 29, 22, 21, 4);
    context.fillStyle = CANDIDATE;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = "#ffffff";
    context.stroke();
    context.fill();
    glyph(context, text, x, y - 18.5, 12, "#ffffff");
  }

  return { facility, gap, candidate };
})();
