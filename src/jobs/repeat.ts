/**
 * Runs a round again and again until stopped, `everyMs` after the one before it ended; a failed round is reported and the
 * next one tried. What it returns stops it, and resolves when the round under way has ended.
 */
export function repeat(
  round: () => Promise<unknown>,
  everyMs: number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    timer = setTimeout(() => {
      running = round()
        .catch(onError)
        .finally(() => {
          if (!stopped) again();
        });
    }, everyMs);
    timer.unref();
  };
  again();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
