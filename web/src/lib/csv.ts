// Rows as a file for spreadsheets.

/** What a spreadsheet would take for a formula is kept as a text. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

export const csvOf = (rows: string[][]): Blob => {
  const text = rows.map((row) => row.map(cell).join(',')).join('\r\n');
  // The mark tells spreadsheets that it is UTF-8.
  return new Blob([`\uFEFF${text}\r\n`], { type: 'text/csv;charset=utf-8' });
};
