// The page's own restoration with networks made for the tests, in Node.js.

import { pngChunks, readPng } from "../../web/page/png_reader.js";
import { restorePicture } from "../../web/page/restore_picture.js";
import { chooseWindow } from "../../web/page/tiling.js";

export const decodePng = (bytes) => readPng(pngChunks(bytes));

/** Restores with the sum over a square of (2 halo + 1)^2 pixels, zeros beyond the border. */
export function restoreByBoxes(picture, model, mostPixels) {
  const halo = model.network_halo;
  const network = {
    channels: model.channels,
    run: (planes, height, width) => planes.map((plane) => boxes(plane, height, width, halo)),
  };
  const size = chooseWindow(picture.height, picture.width, model, mostPixels);
  return restorePicture(picture, model, network, size, () => {});
}

function boxes(plane, height, width, halo) {
  const side = 2 * halo + 1;
  return plane.map((_, p) => {
    const [y, x] = [Math.floor(p / width), p % width];
    let sum = 0;
    for (let v = Math.max(0, y - halo); v <= Math.min(height - 1, y + halo); v++) {
      for (let u = Math.max(0, x - halo); u <= Math.min(width - 1, x + halo); u++) {
        sum += plane[v * width + u];
      }
    }
    return sum / side ** 2;
  });
}
