// Main: reads the page's presets, makes a panel of each, and keeps the canvases painted.

async function main() {
  const presets = JSON.parse(document.getElementById("presets").textContent);
  const sound = new Sound(), panels = [], template = document.getElementById("panel"), home = document.querySelector("main");
  const alone = (one) => panels.forEach((panel) => panel !== one && panel.player.playing && panel.stop());
  document.body.classList.toggle("pair", presets.length > 1);
  for (const packed of presets) {
    const model = await Model.read(packed), root = template.content.cloneNode(true).firstElementChild;
    home.append(root);
    panels.push(new Panel(root, model, sound, alone));
  }
  document.querySelector(".theme").addEventListener("click", () => {
    const root = document.documentElement, dark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.theme = dark ? "light" : "dark";
    panels.forEach((panel) => panel.view.paintPoints());
  });
  new ResizeObserver(() => panels.forEach((panel) => panel.resize())).observe(home);
  const frame = () => {
    panels.forEach((panel) => panel.view.paint());
    requestAnimationFrame(frame);
  };
  frame();
  document.body.classList.add("ready");
  window.eigenwalk = { panels, sound, Draw }; // for the console, and for the tests
}

main().catch((error) => {
  document.querySelector(".trouble").hidden = false;
  throw error;
});
