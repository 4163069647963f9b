// Keyring, audit log and backup: rotated, forgotten, checked, made.
import assert from 'node:assert/strict';
import { flow, look, noInlineCode, signedIn } from '../stage.mjs';

await flow(async (visitor) => {
  const { page } = await signedIn(visitor);

  // rotated, then brought under the new key until nothing is left under the old one
  await page.goto('/console/keyring');
  await noInlineCode(page);
  await look(page, 'keyring');
  const before = await page.locator('tbody code').first().innerText();
  await page.getByRole('main').getByRole('button', { name: 'Rotate', exact: true }).click();
  await page.waitForURL('**/console/keyring?done=keyring_rotated');
  assert.notEqual(await page.locator('tbody code').first().innerText(), before);
  await look(page, 'keyring-rotated');
  const forget = page.getByRole('link', { name: 'Forget', exact: true });
  for (let tries = 0; tries < 100 && (await forget.count()) === 0; tries += 1) {
    await page.waitForTimeout(100);
    await page.goto('/console/keyring');
  }
  await forget.first().click();
  await noInlineCode(page);
  await look(page, 'keyring-forget');
  await page.getByRole('main').getByRole('button').click();
  await page.waitForURL('**/console/keyring?done=key_forgotten');
  assert.equal(await page.getByText(before).count(), 0);

  // the log is as it was written; a checkpoint of another one is none of it
  await page.goto('/console/activity/check');
  await noInlineCode(page);
  await look(page, 'audit-check');
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.locator('.notice.ok').waitFor();
  await look(page, 'audit-checked');
  await page.locator('#checkpoint').fill('nonsense');
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.locator('#checkpoint-fault').waitFor();
  await look(page, 'audit-check-fault');

  // a backup, which does not hold the keyring
  await page.goto('/console/settings');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download a backup' }).click(),
  ]);
  const pieces = await file.createReadStream().then((stream) => stream.toArray());
  assert.ok(Buffer.concat(pieces).length > 10_000);
});
