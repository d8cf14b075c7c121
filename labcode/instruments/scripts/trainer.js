/** A worker that trains one network and tells of each epoch; who started it ends it. */
import { Training } from "./training.js";

self.addEventListener("message", ({ data: { greys, validation, about } }) => {
  const training = new Training(greys, validation, about);
  for (let epoch = 1; epoch <= about.epochs; epoch++) {
    const found = training.epoch();
    self.postMessage({ epoch, ...found });
    if (!Number.isFinite(found.train)) return;
  }
});
