// Turns each picture into its live form, from the same spec; without scripts the pictures stay.
const options = { actions: false, logLevel: 1 /* errors */, renderer: "svg" };
for (const plot of document.querySelectorAll(".plot")) {
  const spec = JSON.parse(document.getElementById(plot.dataset.spec).textContent);
  const live = document.createElement("div");
  vegaEmbed(live, spec, options).then(() => plot.replaceChildren(live));
}
