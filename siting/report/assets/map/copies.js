/* Copies of long arrays that are written over one another. A new array of a whole town's length costs
   more than what a change writes into it: of each there are two, and only what differs is copied. */
Siting.copies = (() => {
  const DEEP = 4; // contents that are remembered, each from the next
  const FEW = 1 / 32; // of the rows: so many are copied one by one as fast as all of them at once

  /* Lists of the rows in which two contents may differ, each { from, rows }: those written since what
     both come from; null: they come from nothing together. */
  function between(one, other) {
    const others = new Set();
    for (let content = other; content; content = content.from) others.add(content);
    let common = one;
    while (common && !others.has(common)) common = common.from;
    if (!common) return null;
    const lists = [];
    for (const end of [one, other]) for (let content = end; content !== common; content = content.from) lists.push(content.rows);
    return lists;
  }

  /* What an array holds: from which content it was copied, and which rows were written since. */
  const contents = new WeakMap();
  function contentOf(array) {
    if (!contents.has(array)) contents.set(array, { from: null, rows: [] });
    return contents.get(array);
  }

  function note(copy, array, rows) {
    let content = { from: contentOf(array), rows };
    contents.set(copy, content);
    for (let i = 0; i < DEEP && content; i++) content = content.from;
    if (content) content.from = null;
  }

  function rewrite(copy, array) {
    const lists = between(contentOf(copy), contentOf(array));
    const count = lists?.reduce((sum, rows) => sum + rows.length, 0) ?? Infinity;
    if (count > array.length * FEW) copy.set(array);
    else for (const rows of lists) for (const i of rows) copy[i] = array[i];
  }

  /* Copies that last for two turns; `rows` is a list of those that will be written into a copy. */
  function createBuffers() {
    const sets = [new Map(), new Map()];
    let now = 0;
    return {
      turn: () => {
        now = 1 - now;
      },
      copy: (name, array, rows) => {
        const copies = sets[now];
        if (copies.get(name)?.length !== array.length) copies.set(name, array.slice());
        else rewrite(copies.get(name), array);
        note(copies.get(name), array, rows);
        return copies.get(name);
      },
    };
  }

  return { between, createBuffers };
})();
