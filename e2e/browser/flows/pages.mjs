// Every page of a demo that has a history: pictures, axe, width, and no code in the page. The picture
// of the README is one of them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { shoot } from '../harness.mjs';
import { flow, look, noInlineCode, pictures, signedIn } from '../stage.mjs';

const pages = {
  overview: '/console/',
  'global-settings': '/console/global-settings',
  credentials: '/console/credentials',
  'credentials-failing': '/console/credentials?standing=failing',
  'credentials-none-found': '/console/credentials?q=nothing+of+this+name',
  credential: '/console/credentials/sales-email-credentials',
  'credential-week': '/console/credentials/sales-email-credentials?span=10080',
  'credential-failing': '/console/credentials/billing-reports',
  'credential-ending': '/console/credentials/warehouse-stock',
  'credential-never-validated': '/console/credentials/archive-import',
  activity: '/console/activity',
  'activity-filtered': '/console/activity?action=credential.create',
  settings: '/console/settings',
  'api-documentation': '/docs/',
};

await flow(async (visitor) => {
  const { page } = await signedIn(visitor, { timezone: 'Asia/Kolkata' });
  for (const [name, path] of Object.entries(pages)) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 200, path);
    if (path === '/docs/') {
      await shoot(page, name, pictures);
      continue;
    }
    await noInlineCode(page);
    await look(page, name);
  }
  // exact times stand behind relative ones, in the zone of the browser
  await page.goto(pages.credential);
  const time = page.locator('main time[title]').filter({ visible: true }).first();
  assert.match(await time.getAttribute('title'), /GMT\+5:30|IST/);
  assert.match(await time.innerText(), /ago|just now|in \d/);

  // the picture of the README
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto('/console/credentials/sales-email-credentials?span=1440');
  await page.screenshot({ path: join(pictures, 'readme.png'), animations: 'disabled' });
  await page.setViewportSize({ width: 1440, height: 900 });

  // search, sort and filter go together, and by label
  await page.goto('/console/credentials');
  await page.getByLabel('Search by name').fill('re');
  await page.getByLabel('Label').selectOption({ label: 'team: finance' });
  await page.getByLabel('Order').selectOption({ label: 'Name' });
  await page.getByRole('button', { name: 'Search' }).click();
  const names = await page.locator('tbody tr th a').allInnerTexts();
  assert.deepEqual(names, ['Billing Reports', 'Tax Reporting']);
  await look(page, 'credentials-searched');

  // the audit log as a file
  await page.goto('/console/activity');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export as CSV' }).click(),
  ]);
  assert.match(file.suggestedFilename(), /\.csv$/);
  const text = await file.createReadStream().then((stream) => stream.toArray());
  assert.match(Buffer.concat(text).toString(), /credential\.create/);
});
