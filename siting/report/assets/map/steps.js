/* Reaches that follow from one another: two of each, and one is written while the other says what was
   before. */
Siting.steps = (() => {
  const { createBuffers } = Siting.copies;
  const { draftOf } = Siting.reach;

  /* A step from a reach to the next, which `write` changes; `key` says what is changed. */
  function anew(name, from, key, write) {
    const reach = draftOf(from);
    write(reach);
    return reach;
  }

  /* The same, kept for as long as neither the reach nor the change is another. */
  function createSteps() {
    const made = new Map();
    return (whose) => (name, from, key, write) => {
      const known = `${whose} ${name}`;
      if (!made.has(known)) made.set(known, { buffers: createBuffers(), key: null, reach: null });
      const one = made.get(known);
      if (one.reach?.from === from && one.key === key) return one.reach;
      one.buffers.turn();
      const reach = draftOf(from, one.buffers.copy);
      write(reach);
      Object.assign(one, { key, reach });
      return reach;
    };
  }

  return { createSteps, anew };
})();
