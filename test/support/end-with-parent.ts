// A server that a test started ends with the test run, also when the run is killed: its stdin is a
// pipe that closes then.
process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'));
process.stdin.resume();
process.stdin.unref();
