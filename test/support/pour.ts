import { request } from 'node:http';

export const GIGABYTE = 2 ** 30;

/** Sends a form's file without end, up to a gigabyte, as fast as it is read; tells the answer and how much had been sent by then. */
export async function pour(
  url: string | URL,
  headers: Readonly<Record<string, string | number>>,
): Promise<{ status: number; sent: number }> {
  const head =
    '--x\r\nContent-Disposition: form-data; name="documents"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n';
  const chunk = Buffer.alloc(256 * 1024);
  let sent = 0;
  return await new Promise((resolve, reject) => {
    let over = false;
    const upload = request(url, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x', ...headers },
    });
    upload.on('response', ({ statusCode }) => {
      over = true;
      resolve({ status: Number(statusCode), sent });
      upload.destroy();
    });
    upload.on('error', (error) => over || reject(error));
    const more = (): void => {
      while (!over && sent < GIGABYTE) {
        sent += chunk.length;
        if (!upload.write(chunk)) return void upload.once('drain', more);
      }
      if (!over) upload.end();
    };
    upload.write(head);
    more();
  });
}
