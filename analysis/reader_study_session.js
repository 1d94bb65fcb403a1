// What one reader has given so far: a record a case (from 0) {score, seconds, comment, time}. The browser keeps it in two places: its local
// storage, for another day, and the tab's history entry, which outlives a reload even where local storage was seen not to.
class Session {
  static storageWorks() {
    try {
      localStorage.setItem("cxr-reader-study", "");
      localStorage.removeItem("cxr-reader-study");
      return true;
    } catch {
      return false; // private windows, or a browser that gives local files none
    }
  }

  // A text that was kept, from whichever place has it; those of the tab are newer.
  static kept(name) {
    if (history.state?.[name]) return history.state[name];
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  static keep(name, text) {
    history.replaceState({ ...history.state, [name]: text }, "");
    try {
      localStorage.setItem(name, text);
    } catch {
      // the tab's entry is all there is: the start page says so
    }
  }

  // The reader who was here last, if any.
  static lastReader(study) { return Session.kept(`cxr-reader-study/${study}`) ?? ""; }

  constructor(study, reader, cases) {
    this.study = study;
    this.reader = reader;
    this.name = `cxr-reader-study/${study}/${reader}`;
    this.records = Array.from({ length: cases }, () => ({ score: 0, seconds: 0, comment: "", time: "" }));
    JSON.parse(Session.kept(this.name) ?? "[]").forEach((record, i) => Object.assign(this.records[i], record));
    this.save();
  }

  save() {
    Session.keep(this.name, JSON.stringify(this.records));
    Session.keep(`cxr-reader-study/${this.study}`, this.reader);
  }

  get scored() { return this.records.filter((record) => record.score).length; }

  get isComplete() { return this.scored === this.records.length; }

  // The first case without a score from `start` on, going round; -1 if there is none.
  nextUnscored(start) {
    const count = this.records.length;
    for (let i = 0; i < count; ++i) {
      if (!this.records[(start + i) % count].score) return (start + i) % count;
    }
    return -1;
  }

  csv() {
    const rows = this.records.flatMap(({ score, seconds, comment, time }, i) =>
      score ? [[this.study, this.reader, i + 1, score, seconds.toFixed(1), comment, time]] : []);
    const header = ["study", "reader", "case", "score", "seconds", "comment", "time"];
    return [header, ...rows].map((row) => row.map(Session.cell).join(",") + "\r\n").join("");
  }

  // Takes over the scores of a file that csv() made, where there is none yet. Returns how many; throws if it is another study's.
  load(text) {
    const [header, ...rows] = Session.parse(text);
    const records = rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
    if (!records.length || records.some((row) => row.study !== this.study)) throw new Error("This file is not one of this study.");
    const taken = records.filter((row) => this.records[row.case - 1] && !this.records[row.case - 1].score);
    for (const { case: number, score, seconds, comment, time } of taken) {
      this.records[number - 1] = { score: Number(score), seconds: Number(seconds), comment: comment.replace(/^'(?=[=+\-@])/, ""), time };
    }
    this.save();
    return taken.length;
  }

  // The cells of RFC 4180.
  static parse(text) {
    const rows = [];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
      if (!rows.length || rows.at(-1).ended) rows.push(Object.assign([], { ended: false }));
      rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
      rows.at(-1).ended = end !== ",";
    }
    return rows.filter((row) => row.length > 1);
  }

  // RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe before it.
  static cell(value) {
    let text = String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
}
