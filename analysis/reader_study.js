const element = (id) => document.getElementById(id);
const study = JSON.parse(element("study").textContent); // {study, cases, sides: [first, second]}
const captions = [...document.querySelectorAll("figcaption")];
const scoreButtons = [...document.querySelectorAll("#scores button")];

let session = null;
let current = 0;
let seen = -1; // the case whose images are seen: scores are for it alone
let shownAt = 0; // when the reader began to look at the case, milliseconds; 0 while the page is hidden
const decoded = new Map(); // images of the cases around the current one

const viewer = new Viewer(element("panes"), showView);

function imagesOf(number) {
  if (!decoded.has(number)) {
    const images = [0, 1].map((side) => GreyImage.decode(element(`image-${number + 1}-${side}`).textContent));
    decoded.set(number, Promise.all(images));
  }
  return decoded.get(number);
}

async function show(number) {
  keepTime();
  current = number;
  shownAt = performance.now();
  seen = -1;
  viewer.clear();
  showRecord();
  const images = await imagesOf(number);
  if (number !== current) return; // the reader went on
  viewer.show(images);
  seen = number;
  viewer.canvases.forEach((canvas, i) => canvas.setAttribute("aria-label", `${study.sides[i]} of case ${number + 1}`));
  for (const other of decoded.keys()) {
    if (Math.abs(other - number) > 1) decoded.delete(other);
  }
  if (number + 1 < study.cases) imagesOf(number + 1);
}

function showRecord() {
  const record = session.records[current];
  element("number").textContent = current + 1;
  element("comment").value = record.comment;
  element("previous").disabled = current === 0;
  element("next").disabled = current === study.cases - 1;
  scoreButtons.forEach((button) => button.setAttribute("aria-pressed", Number(button.dataset.score) === record.score));
  element("bar").value = session.scored;
  element("status").textContent = `${session.scored} of ${study.cases} scored` + (record.score ? `; this one: ${record.score}` : "");
  element("done").hidden = !session.isComplete;
  element("download").classList.toggle("primary", session.isComplete);
}

function showView() {
  element("flicker").setAttribute("aria-pressed", viewer.flickers);
  element("swap").disabled = !viewer.flickers;
  element("zoom").textContent = `${Math.round(viewer.view.zoom * 100)} %`;
  element("window").value = viewer.tone.window;
  element("level").value = viewer.tone.level;
}

// Adds the time since the case came up to its record.
function keepTime() {
  if (!session || !shownAt) return;
  const now = performance.now();
  session.records[current].seconds += (now - shownAt) / 1000;
  shownAt = now;
  session.save();
}

function give(score) {
  if (seen !== current) return;
  const record = session.records[current];
  const wasComplete = session.isComplete;
  record.score = score;
  record.time = new Date().toISOString();
  keepTime();
  const next = session.nextUnscored(current);
  if (next >= 0) {
    show(next);
  } else {
    showRecord();
    if (!wasComplete) element("download").focus();
  }
}

function go(step) {
  const number = current + step;
  if (number >= 0 && number < study.cases) show(number);
}

function download() {
  keepTime();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([session.csv()], { type: "text/csv" }));
  link.download = `reader-study-${study.study}-${session.reader.replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const keys = {
  f: () => viewer.setFlicker(!viewer.flickers),
  r: () => viewer.reset(),
  "+": () => viewer.zoomBy(1.25),
  "=": () => viewer.zoomBy(1.25), // the same key without shift
  "-": () => viewer.zoomBy(0.8),
  " ": () => viewer.flickers && viewer.bringToFront(1 - viewer.front),
  ArrowLeft: (shift) => (shift ? viewer.step(-0.1, 0) : go(-1)),
  ArrowRight: (shift) => (shift ? viewer.step(0.1, 0) : go(1)),
  ArrowUp: (shift) => shift && viewer.step(0, -0.1),
  ArrowDown: (shift) => shift && viewer.step(0, 0.1),
};

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (!session || event.ctrlKey || event.metaKey || event.altKey || target.id === "comment") return;
  if (target.type === "range" && event.key.startsWith("Arrow")) return; // the slider's
  if (target.tagName === "BUTTON" && event.key === " ") return;         // presses it
  if (/^[1-5]$/.test(event.key)) {
    if (!event.repeat) give(Number(event.key)); // a key that is held scores one case
  } else {
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    act(event.shiftKey);
  }
  event.preventDefault();
});

const actions = {
  previous: () => go(-1),
  next: () => go(1),
  download,
  flicker: keys.f,
  swap: keys[" "],
  "zoom-in": keys["+"],
  "zoom-out": keys["-"],
  reset: keys.r,
};
for (const [id, act] of Object.entries(actions)) element(id).addEventListener("click", act);
scoreButtons.forEach((button) => button.addEventListener("click", () => give(Number(button.dataset.score))));
// A button that was clicked would take the space bar, which alternates.
document.addEventListener("click", (event) => event.detail > 0 && event.target.closest("button")?.blur());

for (const id of ["window", "level"]) {
  element(id).addEventListener("input", () => viewer.setTone({ ...viewer.tone, [id]: Number(element(id).value) }));
}
element("comment").addEventListener("input", () => {
  session.records[current].comment = element("comment").value;
  session.save();
});
element("comment").addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === "Escape") event.target.blur();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) keepTime();
  shownAt = document.hidden || !session ? 0 : performance.now();
});
window.addEventListener("pagehide", keepTime);
window.addEventListener("beforeunload", (event) => {
  if (session?.scored && !Session.storageWorks()) event.preventDefault(); // the browser asks
});

element("earlier").addEventListener("change", () => element("earlier").setCustomValidity(""));
element("reader").value = Session.lastReader(study.study);
element("storage-warning").hidden = Session.storageWorks();
element("reader").focus();
element("start").addEventListener("submit", async (event) => {
  event.preventDefault();
  const reader = element("reader").value.trim();
  if (!reader) return;
  const begun = new Session(study.study, reader, study.cases);
  const [earlier] = element("earlier").files;
  try {
    if (earlier) begun.load(await earlier.text());
  } catch (error) {
    element("earlier").setCustomValidity(error.message);
    element("earlier").reportValidity();
    return;
  }
  session = begun;
  element("start").hidden = true;
  element("study-view").hidden = false;
  show(Math.max(session.nextUnscored(0), 0));
});
