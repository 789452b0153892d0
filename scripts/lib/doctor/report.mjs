// What the doctor found: said as it comes, counted, and without anything secret.
import { done, say } from "../log.mjs";

const isSecret = (name) => /SECRET|PRIVATE|PASSWORD|ENCRYPTION|(_KEY|TOKEN)$/.test(name);

export class Report {
  /** Every finding: `good`, `name`, and where something is wrong `code`, `cause`, `fix`, `setting`. */
  findings = [];
  #secrets;
  #quiet;

  /** Values of secret settings are never shown; `quiet` says nothing, for who prints the findings themselves. */
  constructor(settings = {}, { quiet = false } = {}) {
    const secrets = Object.entries(settings).filter(([name, value]) => isSecret(name) && value.length >= 8);
    this.#secrets = secrets.map(([, value]) => value);
    this.#quiet = quiet;
  }

  get wrong() {
    return this.findings.filter(({ good }) => !good).length;
  }

  title(text) {
    if (!this.#quiet) say(`\n${text}`);
  }

  /** Something that is neither right nor wrong. */
  note(text) {
    if (!this.#quiet) say(`  ${this.#safe(text)}`);
  }

  good(name) {
    this.findings.push({ good: true, name });
    if (!this.#quiet) done(this.#safe(name));
  }

  /** A failure with its cause, what to do, and the setting it hangs on, where it is one. */
  bad({ code, name, cause, fix, setting }) {
    const finding = { good: false, code, name: this.#safe(name), cause: this.#safe(cause), fix: this.#safe(fix), setting };
    this.findings.push(finding);
    if (this.#quiet) return;
    say(`✗ ${finding.name}: ${finding.cause}\n  → ${finding.fix}${setting ? `\n  Setting: ${setting}` : ""}`);
  }

  #safe(text) {
    return this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, "•••"), text);
  }
}
