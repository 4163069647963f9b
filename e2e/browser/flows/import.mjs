// Import and export: a document planned and applied, one overtaken, rows of CSV with a report, the export as a
// file. What was typed never comes back.
import assert from 'node:assert/strict';
import { expected, flow, look, noInlineCode, signedIn } from '../stage.mjs';

const secret = 'canary-secret-of-a-document';
const credential = (scope) => `version = 1

[credentials.imported]
name = "Imported"
client_id = "imported"
client_secret = "\${imported_secret}"
token_endpoint = "https://login.example.com/oauth2/token"
scope = "${scope}"
`;

await flow(async (visitor) => {
  const { page, seen } = await signedIn(visitor);
  await page.goto('/console/global-settings');
  await page.getByRole('main').getByRole('link', { name: 'Import and export' }).click();
  await noInlineCode(page);
  await look(page, 'import');

  // a mistake is named by its line
  await page.getByLabel('Document', { exact: true }).fill(credential(''));
  await page.getByLabel('Variables', { exact: true }).fill(`imported_secret = "${secret}"`);
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.getByText('Line 8: scope:').waitFor();
  expected(seen, 422);
  await look(page, 'import-refused');

  // planned, then applied; the document comes out of a file
  await page.getByRole('link', { name: 'Back to import and export' }).click();
  await page.locator('input[data-into="document"]').setInputFiles({
    name: 'grantd.toml', mimeType: 'application/toml', buffer: Buffer.from(credential('mail.read')),
  });
  await page.waitForFunction(() => document.getElementById('document').value.includes('mail.read'));
  await page.getByLabel('Variables', { exact: true }).fill(`imported_secret = "${secret}"`);
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.getByRole('button', { name: 'Apply' }).waitFor();
  assert.equal((await page.content()).includes(secret), false, 'a secret is not given back');
  await noInlineCode(page);
  await look(page, 'import-plan');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Everything was done.').waitFor();
  await look(page, 'import-applied');

  // rows of CSV, one of them wrong
  await page.goto('/console/import');
  await page.getByLabel('CSV', { exact: true }).fill(
    `name,client_id,client_secret,token_endpoint,scope\n` +
      `Row one,c,${secret},https://login.example.com/t,a\nRow two,c,${secret},ftp://x,a\n`,
  );
  await page.getByLabel('Import the other rows').check();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('link', { name: 'Download the report' }).waitFor();
  assert.equal((await page.content()).includes(secret), false, 'a secret is not given back');
  await look(page, 'import-report');

  // everything as a file
  await page.goto('/console/import');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export as TOML' }).click(),
  ]);
  assert.match(file.suggestedFilename(), /\.toml$/);
  const text = Buffer.concat(await file.createReadStream().then((stream) => stream.toArray()));
  assert.match(text.toString(), /\[credentials\.imported\]/);
  assert.equal(text.toString().includes(secret), false);
});
