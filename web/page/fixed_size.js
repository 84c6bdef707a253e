/**
 * Gives a LiteRT file of any size a fixed one: LiteRT.js cannot resize an input.
 *
 * In such a file every tensor of unknown height and width has a `shape_signature` with -1 in their
 * places. A FlatBuffer holds numbers at fixed places, so they are overwritten in a copy. That is
 * right for networks whose tensors all have the size of the image.
 *
 * @param {Uint8Array} file
 * @param {number} height
 * @param {number} width
 * @returns {Uint8Array}
 */
export function withFixedSize(file, height, width) {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  const size = [null, height, width, null];
  for (const subgraph of tables(view, view.getUint32(0, true), SUBGRAPHS)) {
    for (const tensor of tables(view, subgraph, TENSORS)) {
      const shape = vector(view, tensor, SHAPE);
      const signature = vector(view, tensor, SHAPE_SIGNATURE);
      if (!signature) continue;
      for (let axis = 0; axis < signature.length; axis++) {
        if (view.getInt32(signature.start + 4 * axis, true) !== -1) continue;
        view.setInt32(signature.start + 4 * axis, size[axis], true);
        view.setInt32(shape.start + 4 * axis, size[axis], true);
      }
    }
  }
  return bytes;
}

// Numbers of fields in LiteRT's schema: Model.subgraphs, SubGraph.tensors, Tensor.shape and
// Tensor.shape_signature.
const SUBGRAPHS = 2;
const TENSORS = 0;
const SHAPE = 0;
const SHAPE_SIGNATURE = 7;

/** The place of a table's field, or null where the table has none. */
function field(view, table, number) {
  const directory = table - view.getInt32(table, true);
  const entry = 4 + 2 * number;
  const offset =
    entry < view.getUint16(directory, true) ? view.getUint16(directory + entry, true) : 0;
  return offset ? table + offset : null;
}

function vector(view, table, number) {
  const place = field(view, table, number);
  if (place === null) return null;
  const start = place + view.getUint32(place, true);
  return { length: view.getUint32(start, true), start: start + 4 };
}

function tables(view, table, number) {
  const { length, start } = vector(view, table, number);
  return Array.from({ length }, (_, i) => {
    const place = start + 4 * i;
    return place + view.getUint32(place, true);
  });
}
