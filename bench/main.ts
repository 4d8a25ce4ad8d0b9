// npm run bench -- NAME…: runs the named benchmarks, or says which there are.

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {};

for (const name of process.argv.slice(2)) {
  const benchmark = benchmarks[name];
  if (benchmark === undefined) {
    console.error(
      `no benchmark "${name}": there are ${Object.keys(benchmarks).join(", ") || "none"}`,
    );
    process.exit(1);
  }
  await benchmark();
}
