import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Milliseconds of CPU time since the start. */
export interface CpuTime {
  readonly server: number;
  readonly postgres: number;
}

interface Ticks {
  /** Of the process itself: user and system. */
  readonly own: number;
  /** Of its ended children. */
  readonly ended: number;
}

const CAN_MEASURE_CPU = existsSync('/proc/self/stat');
const MILLISECONDS_PER_TICK = CAN_MEASURE_CPU ? 1000 / ticksPerSecond() : 0;

function ticksPerSecond(): number {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || 100;
  } catch {
    return 100;
  }
}

/**
 * proc(5): the name may contain any character, so fields are read after its last parenthesis (utime
 * is field 14, index 13).
 */
function ticksOf(pid: number): Ticks {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const at = (field: number) => Number(fields[field - 3]);
    return { own: at(14) + at(15), ended: at(16) + at(17) };
  } catch {
    return { own: 0, ended: 0 }; // the process ended; its parent has its ticks
  }
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

/**
 * CPU time of a server and, if it has one, of PostgreSQL: the postmaster and all its children, live
 * or ended.
 */
export function cpuTime(serverPid: number, postmaster: number | undefined): CpuTime | undefined {
  if (!CAN_MEASURE_CPU) return undefined;
  const server = ticksOf(serverPid).own * MILLISECONDS_PER_TICK;
  if (postmaster === undefined) return { server, postgres: 0 };
  const { own, ended } = ticksOf(postmaster);
  const living = childrenOf(postmaster).reduce((sum, child) => sum + ticksOf(child).own, 0);
  return { server, postgres: (own + ended + living) * MILLISECONDS_PER_TICK };
}
