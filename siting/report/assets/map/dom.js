/* Elements and numbers. Text enters the page through text nodes only: nothing is parsed. */
Siting.dom = (() => {
  function el(tag, options = {}, ...children) {
    const element = document.createElement(tag);
    const { on, style, data, ...attributes } = options;
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value == null) continue;
      if (name === "class") element.className = value;
      else element.setAttribute(name, value === true ? "" : value);
    }
    for (const [event, handler] of Object.entries(on ?? {})) element.addEventListener(event, handler);
    // Asking an element for its style or data costs more than making it.
    if (style) Object.assign(element.style, style);
    if (data) Object.assign(element.dataset, data);
    element.append(...children.flat().filter((child) => child != null && child !== false));
    return element;
  }

  const integer = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const people = (value) => (Number.isNaN(value) ? "—" : integer.format(value));
  const share = (value) => (value == null || Number.isNaN(value) ? "—" : `${(100 * value).toFixed(1)}%`);
  const metres = (mm) => (mm < 0 ? "—" : `${integer.format(Math.round(mm / 1000))} m`);

  /* Renew what stands in an element. What had the keyboard has it again: the same by its name, else
     what has come into its place. */
  function keepingFocus(root, renew) {
    const controls = () => [...root.querySelectorAll("button, input, select, summary")];
    const nameOf = (one) => one.id || one.getAttribute("aria-label") || (one.closest("label") ?? one).textContent;
    const focused = document.activeElement;
    const at = root.contains(focused) ? controls().indexOf(focused) : -1;
    const name = at < 0 ? "" : nameOf(focused);
    renew();
    if (at < 0 || root.contains(document.activeElement)) return;
    const now = controls();
    (now.find((one) => nameOf(one) === name) ?? now[Math.min(at, now.length - 1)])?.focus({ preventScroll: true });
  }

  /* Terms and their descriptions, empty ones left out. */
  function facts(pairs) {
    const shown = pairs.filter(([, value]) => value != null && value !== false && value !== "");
    return el(
      "dl",
      { class: "facts" },
      shown.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]),
    );
  }

  /* What a popup holds: the keyboard comes to it. */
  const card = (title, ...told) => el("div", { class: "card", tabindex: "-1" }, el("h3", {}, title), ...told);

  return { el, card, facts, keepingFocus, people, share, metres };
})();
