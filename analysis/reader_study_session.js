// What one reader has given so far: a record a case (from 0) {score, seconds, comment, time}, kept by the browser.
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

  // The reader who was here last, if any.
  static lastReader(study) {
    try {
      return localStorage.getItem(`cxr-reader-study/${study}`) ?? "";
    } catch {
      return "";
    }
  }

  constructor(study, reader, cases) {
    this.study = study;
    this.reader = reader;
    this.name = `cxr-reader-study/${study}/${reader}`;
    this.records = Array.from({ length: cases }, () => ({ score: 0, seconds: 0, comment: "", time: "" }));
    try {
      JSON.parse(localStorage.getItem(this.name) ?? "[]").forEach((record, i) => Object.assign(this.records[i], record));
    } catch {
      // nothing is kept: the start page says so
    }
    this.save();
  }

  save() {
    try {
      localStorage.setItem(this.name, JSON.stringify(this.records));
      localStorage.setItem(`cxr-reader-study/${this.study}`, this.reader);
    } catch {
      // as above
    }
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

  // RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe before it.
  static cell(value) {
    let text = String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
}
