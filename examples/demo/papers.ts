import sharp from 'sharp';

/** A comment that a phone writes into a photo. The server removes it. */
export const PHOTO_COMMENT = 'Taken at home by the owner of this phone';

/**
 * A photo of a fictional document: a card with lines on a table, and the place where it was taken.
 */
export async function photo(name: string, hue: string): Promise<File> {
  const lines = [220, 280, 340, 400, 520].map(
    (y, at) =>
      `<rect x="130" y="${y}" width="${[280, 200, 340, 300, 520][at]}" height="22" rx="6" fill="#334" opacity="0.7"/>`,
  );
  const drawn = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="680">
    <rect width="1000" height="680" fill="#6b5b4a"/>
    <rect x="70" y="70" width="860" height="540" rx="36" fill="${hue}"/>
    ${lines.join('')}
    <rect x="640" y="170" width="210" height="270" rx="12" fill="#889"/>
  </svg>`);
  const exif = {
    IFD0: { ImageDescription: PHOTO_COMMENT, Make: 'Demo', Model: 'Phone' },
    IFD3: {
      GPSLatitudeRef: 'N',
      GPSLatitude: '31/1 13/1 4980/100',
      GPSLongitudeRef: 'E',
      GPSLongitude: '121/1 28/1 2520/100',
    },
  };
  const bytes = await sharp(drawn).jpeg({ quality: 80 }).withExif(exif).toBuffer();
  return new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' });
}

/** A program disguised as a photo: the first bytes of a Windows executable. */
export function disguisedProgram(name: string): File {
  return new File(
    [Buffer.concat([Buffer.from('4d5a90000300000004000000ffff0000', 'hex'), Buffer.alloc(4_096)])],
    name,
    {
      type: 'image/jpeg',
    },
  );
}
