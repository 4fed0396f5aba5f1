/** Starts to measure time and CPU; call the answer to say both. */
export function stopwatch() {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    process.stdout.write(`${JSON.stringify({ ms, cpu: user + system })}\n`);
  };
}
