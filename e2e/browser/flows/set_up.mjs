// From the set-up link to a second factor: the first admin, sign-out, sign-in, recovery, sessions.
import assert from 'node:assert/strict';
import { follow, expected, flow, link, look, password, signIn, signOut, timeCode } from '../stage.mjs';

await flow(async (visitor) => {
  const { page, seen } = await visitor();

  // nobody can sign in: the page says how it begins
  await page.goto('/');
  await page.getByRole('heading', { name: 'Nobody can sign in yet' }).waitFor();
  await look(page, 'nobody-yet');
  await page.getByRole('link', { name: 'I have the link' }).click();
  await look(page, 'link');

  // a wrong code, then the right one, and passwords that will not do
  await follow(page, `${new URL(link).origin}/console/link#gl_wrong`);
  await page.getByText('This link is not valid').waitFor();
  await look(page, 'link-refused');
  expected(seen, 401);
  await follow(page, link);
  await page.getByRole('heading', { name: 'The first admin' }).waitFor();
  assert.ok(!page.url().includes('gl_'), page.url());
  await page.getByLabel('User name').fill('ops');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByLabel('The same password again').fill('short');
  await page.getByRole('button', { name: 'Make the admin' }).click();
  await page.locator('#fault').waitFor();
  assert.match(await page.locator('#fault').innerText(), /12 characters/);
  assert.equal(await page.getByLabel('User name').inputValue(), 'ops');
  assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
  expected(seen, 422);
  await look(page, 'first-admin-refused');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('The same password again').fill(`${password}!`);
  await page.getByRole('button', { name: 'Make the admin' }).click();
  await page.getByText('The two passwords are not the same.').waitFor();
  expected(seen, 422);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('The same password again').fill(password);
  await page.getByRole('button', { name: 'Make the admin' }).click();

  // the guide for the first credential
  await page.getByRole('heading', { name: 'Ready for the first credential' }).waitFor();
  await look(page, 'first-run');

  // the secret may stay where it is: a source that the operator declared
  await page.getByRole('link', { name: 'OAuth2 Client Credentials' }).click();
  await page.getByRole('radio', { name: /External/ }).check();
  await page.getByLabel('Name').first().fill('From a file');
  await page.getByLabel('Client Identifier').fill('from-a-file');
  await page.getByLabel('Token Endpoint').fill('https://login.example.com/oauth2/token');
  await page.getByLabel('Scopes').fill('files.read');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('#ref_source-err').waitFor();
  expected(seen, 422);
  await page.getByLabel('Source', { exact: true }).selectOption('team-files');
  await page.getByLabel('Path or name in it').fill('no-such-file');
  await look(page, 'add-external-filled');
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.locator('#result .why').getByText('The secret was not read from its source.').waitFor();
  await look(page, 'validate-external-missing');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. It can be used').waitFor();
  await page.getByText('External, team-files no-such-file').first().waitFor();

  // the guide goes on with it until it works, and says what comes next
  await page.goto('/console/');
  await page.getByRole('heading', { name: 'Validate the first credential' }).waitFor();
  await look(page, 'first-run-validate');
  await page.getByRole('link', { name: 'Show the overview' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();

  // the link is over
  await signOut(page);
  await look(page, 'signed-out');
  await follow(page, link);
  await page.getByText('This link is not valid').waitFor();
  expected(seen, 401);

  // sign-in, first with a wrong password
  await signIn(page, 'ops', 'not this one at all');
  await page.getByText('User name and password do not match. 4 tries are left').waitFor();
  assert.equal(await page.getByLabel('User name').inputValue(), 'ops');
  expected(seen, 401);
  await look(page, 'sign-in-refused');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/console/');

  // a second factor, from the account's page
  await page.goto('/console/account');
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
  await look(page, 'second-factor');
  const shared = await page.locator('.wide-code').innerText();
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await page.locator('#code-err').waitFor();
  expected(seen, 422);
  assert.equal(await page.locator('.wide-code').innerText(), shared);
  // each code counts once: those of the step before, this one and the next are taken, in this order; the step
  // lasts until the first one is sent
  const left = 30_000 - (Date.now() % 30_000);
  if (left < 10_000) await page.waitForTimeout(left + 100);
  const now = Date.now();
  await page.getByLabel('Code').fill(timeCode(shared, now - 30_000));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await page.getByRole('heading', { name: 'Keep these codes' }).waitFor();
  const recovery = await page.locator('.codes code').allInnerTexts();
  assert.ok(recovery.length >= 8, recovery.join());
  await look(page, 'recovery-codes');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByText(`${recovery.length} recovery codes are left.`).waitFor();
  await look(page, 'account');

  // sign-in asks for a code, and the password alone opens nothing
  await signOut(page);
  await signIn(page, 'ops');
  await page.getByRole('heading', { name: 'Second factor' }).waitFor();
  await look(page, 'sign-in-code');
  await page.goto('/console/credentials');
  assert.match(page.url(), /sign-in/);
  await signIn(page, 'ops');
  await page.getByLabel('Code').fill(timeCode(shared, now - 30_000));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This code is not right').waitFor();
  expected(seen, 401);
  await page.getByLabel('Code').fill(timeCode(shared, now));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/console/');

  // without the device: a recovery code, once
  await signOut(page);
  for (const [code, works] of [[recovery[0], true], [recovery[0], false], [recovery[1], true]]) {
    await signIn(page, 'ops');
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
    if (works) {
      await page.waitForURL('**/console/');
      await signOut(page);
    } else {
      await page.getByText('This code is not right').waitFor();
      expected(seen, 401);
    }
  }

  // sessions: another browser is seen and ended
  await signIn(page, 'ops');
  await page.getByLabel('Code').fill(recovery[2]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/console/');
  const other = await visitor();
  await signIn(other.page, 'ops');
  await other.page.getByLabel('Code').fill(recovery[3]);
  await other.page.getByRole('button', { name: 'Sign in' }).click();
  await other.page.waitForURL('**/console/');
  await page.goto('/console/account');
  await page.getByText('Another session').waitFor();
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByText('The session has ended.').waitFor();
  await other.page.goto('/console/credentials');
  assert.match(other.page.url(), /sign-in/);

  // another password; the second factor goes with a code
  await page.goto('/console/account');
  await page.getByLabel('Present password').fill('not this one at all');
  await page.getByLabel('New password').fill(`${password} 2`);
  await page.getByLabel('The same password again').fill(`${password} 2`);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.locator('#present-err').waitFor();
  seen.console.splice(0);
  seen.failed.splice(0);
  await page.getByLabel('Present password').fill(password);
  await page.getByLabel('New password').fill(`${password} 2`);
  await page.getByLabel('The same password again').fill(`${password} 2`);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('The password is changed').waitFor();
  // whoever has lost the device does it with a recovery code; a wrong one is told
  await page.getByLabel('Code from your authenticator app').fill('000000');
  await page.getByRole('button', { name: 'Remove second factor' }).click();
  await page.locator('#code-err').getByText('4 tries are left').waitFor();
  expected(seen, 422);
  await page.getByLabel('Code from your authenticator app').fill(recovery[4]);
  await page.getByRole('button', { name: 'Remove second factor' }).click();
  await page.getByText('The second factor is removed.').waitFor();
  await signOut(page);
  await signIn(page, 'ops', `${password} 2`);
  await page.waitForURL('**/console/');
});
