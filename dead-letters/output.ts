/** Where a command's text goes, a line or several at a time. */
export interface Output {
  out(text: string): void
  /** What is no result. */
  err(text: string): void
}
