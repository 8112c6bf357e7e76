// A drawing that Python made, without its paper: its colours follow the page.
//
//   const it = picture(svg);   null where there is none
//   it.node                    what goes on the page
//   it.drawn                   the drawing itself

import { crop, drawing, element } from "./dom.js";

export function picture(source) {
  const drawn = source && drawing(source);
  if (!drawn) return null;
  crop(drawn);
  return { node: element("div", { class: "wf-picture" }, drawn), drawn };
}
