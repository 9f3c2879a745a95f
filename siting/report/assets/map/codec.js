/* Arrays of integers from text. The encoder is siting/report/payload.py. */
Siting.codec = (() => {
  function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  async function inflate(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* Zigzag varints, seven bits a byte, the lowest first. */
  function decode(index, bytes) {
    const arrays = {};
    let at = 0;
    for (const [name, count, isDelta] of index) {
      const values = new Int32Array(count);
      let previous = 0;
      for (let i = 0; i < count; i++) {
        let zigzag = 0;
        let shift = 0;
        let byte;
        do {
          byte = bytes[at++];
          zigzag |= (byte & 127) << shift;
          shift += 7;
        } while (byte > 127);
        const value = (zigzag >>> 1) ^ -(zigzag & 1);
        values[i] = isDelta ? previous + value : value;
        previous = values[i];
      }
      arrays[name] = values;
    }
    return arrays;
  }

  const unpack = async (packed) => decode(packed.arrays, await inflate(bytesOf(packed.data)));
  return { unpack };
})();
