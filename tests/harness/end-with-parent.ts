/** Ends this process and all of its group when the process that forked it goes away, however that happens. */
export function endWithParent(): void {
  process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
}
