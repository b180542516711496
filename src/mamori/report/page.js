"use strict";
(() => {
  const text = document.getElementById("drawing").textContent;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const phone = window.matchMedia("(max-width: 40rem)");
  const print = window.matchMedia("print");
  const palettes = JSON.parse(text);

  // Every colour is named by its role; this puts in the reader's.
  const draw = (isPrint) => {
    const palette = dark.matches && !isPrint ? palettes.dark : palettes.light;
    const drawing = JSON.parse(text, (_, v) => (typeof v === "string" && v[0] === "@" ? palette[v] ?? v : v));
    for (const figure of drawing.figures) {
      const layout = {...figure.layout, template: drawing.template};
      if (isPrint) { layout.width = 680; layout.autosize = false; }
      if (phone.matches) layout.font = {size: 11};
      const config = {...drawing.config, displayModeBar: phone.matches || isPrint ? false : "hover"};
      Plotly.react(figure.id, figure.data, layout, config);
    }
  };

  draw(print.matches);
  dark.addEventListener("change", () => draw(false));
  phone.addEventListener("change", () => draw(false));
  window.addEventListener("beforeprint", () => draw(true));
  window.addEventListener("afterprint", () => draw(false));
})();
