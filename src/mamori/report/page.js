"use strict";
(() => {
  const text = document.getElementById("drawing").textContent;
  const palettes = JSON.parse(text);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const phone = window.matchMedia("screen and (max-width: 40rem)");
  const [PRINT_WIDTH, PRINT_HEIGHT, PRINT_TALL] = [680, 640, 900];

  const place = (figure) => document.getElementById(figure.id);

  // On a phone the marks of a map would hide each other.
  const small = (figure, layout) => {
    layout.font = {size: 11};
    layout.legend = {...layout.legend, font: {size: 10}};
    if (!place(figure).classList.contains("map")) return;
    Object.assign(layout.legend, {entrywidth: 0.46, entrywidthmode: "fraction"});
    for (const {marker} of figure.data) {
      if (marker) marker.size = Array.isArray(marker.size) ? marker.size.map((s) => 0.5 * s) : 0.75 * marker.size;
    }
  };

  // Every colour is named by its role; this puts in the reader's. Paper is light and has a width of its own.
  const draw = (isPrint) => {
    const palette = dark.matches && !isPrint ? palettes.dark : palettes.light;
    const drawing = JSON.parse(text, (_, v) => (typeof v === "string" && v[0] === "@" ? palette[v] ?? v : v));
    for (const figure of drawing.figures) {
      const layout = {...figure.layout, template: drawing.template};
      const most = place(figure).classList.contains("tall") ? PRINT_TALL : PRINT_HEIGHT;
      if (isPrint) Object.assign(layout, {width: PRINT_WIDTH, height: Math.min(place(figure).offsetHeight, most), autosize: false});
      if (phone.matches && !isPrint) small(figure, layout);
      Plotly.react(place(figure), figure.data, layout, {...figure.config, displayModeBar: phone.matches || isPrint ? false : "hover"});
    }
  };

  // The meaning of a word goes away with Escape.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement.classList.contains("term")) document.activeElement.blur();
  });

  draw(false);
  dark.addEventListener("change", () => draw(false));
  phone.addEventListener("change", () => draw(false));
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
    draw(true);
  });
  window.addEventListener("afterprint", () => draw(false));
})();
