// What goes wrong between a person and the console: a session that ended while typing, a form sent
// twice, cookies refused, another window.
import assert from 'node:assert/strict';
import {
  choosePassword, expected, fill, flow, follow, invite, known, look, origin, password, signedIn, signIn,
} from '../stage.mjs';

await flow(async (visitor) => {
  const opened = await signedIn(visitor);
  const { page } = opened;
  const links = [await invite(page, 'erin', 'Editor'), await invite(page, 'cora', 'Editor')];
  await page.goto('/console/credentials/archive-import/edit');
  const tokenEndpoint = await page.getByLabel('Token Endpoint').inputValue();

  for (const javaScript of [true, false]) {
    const name = javaScript ? 'With scripts' : 'Scripts off';
    const { page: typing, context, seen } = await visitor({ javaScript });
    if (javaScript) await choosePassword(typing, links[0]);
    else await signIn(typing, 'erin');
    await typing.waitForURL('**/console/');
    await typing.goto('/console/new-credential');
    await fill(typing, { Name: name, ...known, 'Token Endpoint': tokenEndpoint });
    await typing.locator('details.fold summary').click();
    await typing.locator('input[name=header_name]').first().fill('X-Api-Key');
    await typing.locator('input[name=header_value]').first().fill('a-typed-header-secret');
    await typing.locator('select[name=header_kind]').first().selectOption('secret');

    // the session ends; the form comes back after signing in, without any secret
    await context.clearCookies();
    await typing.getByRole('button', { name: javaScript ? 'Validate' : 'Add' }).click();
    await typing.getByText('The session has ended. What you typed is kept').waitFor();
    seen.console.splice(0);
    seen.failed.splice(0);
    await look(typing, javaScript ? 'held' : 'no-scripts-held');
    for (const secret of [known['Client Secret'], 'a-typed-header-secret']) {
      assert.ok(!(await typing.content()).includes(secret), secret);
    }
    await typing.getByLabel('User name').fill('erin');
    await typing.getByLabel('Password').fill('the wrong one, as it happens');
    await typing.getByRole('button', { name: 'Sign in' }).click();
    await typing.getByText('do not match').waitFor();
    expected(seen, 401);
    await typing.getByLabel('Password').fill(password);
    await typing.getByRole('button', { name: 'Sign in' }).click();
    await typing.getByText('You are signed in again, and what you typed is here.').waitFor();
    assert.equal(await typing.getByLabel('Name').first().inputValue(), name);
    assert.equal(await typing.getByLabel('Client Secret').first().inputValue(), '');
    assert.equal(await typing.locator('input[name=header_name]').first().inputValue(), 'X-Api-Key');
    await look(typing, javaScript ? 'restored' : 'no-scripts-restored');
    await typing.getByLabel('Client Secret').first().fill(known['Client Secret']);
    await typing.locator('input[name=header_value]').first().fill('a-typed-header-secret');

    // sent twice, it is added once
    await typing.getByRole('button', { name: 'Add', exact: true }).dblclick();
    await typing.getByText('Added. It can be used').waitFor();
    await typing.goto(`/console/credentials?q=${encodeURIComponent(name)}`);
    assert.equal(await typing.locator('tbody tr').count(), 1);
  }

  // the server is away for a moment: the page says so, and what was typed is there
  await page.goto('/console/new-credential');
  await fill(page, { Name: 'While away', ...known, 'Token Endpoint': tokenEndpoint });
  await page.route('**/console/validate', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.getByText('The server was not reached. Nothing that you typed is lost').waitFor();
  opened.seen.console.splice(0);
  opened.seen.failed.splice(0);
  assert.equal(await page.getByLabel('Client Secret').first().inputValue(), known['Client Secret']);
  await look(page, 'server-away');
  await page.unroute('**/console/validate');
  await page.getByRole('button', { name: 'Validate' }).click();
  await page.locator('#result .pill.ok').waitFor();
  // the result is of what was typed then
  await page.getByLabel('Scopes').fill('another');
  await page.locator('[data-result].old').waitFor();

  // a key form is kept as well
  const { page: admin, context, seen } = await signedIn2(visitor, page);
  await admin.goto('/console/access/keys/new');
  await admin.getByLabel('Name').fill('kept while away');
  await context.clearCookies();
  await admin.getByRole('button', { name: 'Make the key' }).click();
  await admin.getByRole('heading', { name: 'Sign in' }).waitFor();
  seen.console.splice(0);
  seen.failed.splice(0);
  await signInHere(admin, 'abby');
  await admin.getByText('You are signed in again').waitFor();
  assert.equal(await admin.getByLabel('Name').inputValue(), 'kept while away');

  // a browser that refuses cookies is told so
  const refusing = await visitor();
  await refusing.context.route('**/*', async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    await refusing.context.clearCookies();
    const headers = { ...answer.headers() };
    delete headers['set-cookie'];
    await route.fulfill({ response: answer, headers });
  });
  await choosePasswordOnly(refusing.page, links[1]);
  await refusing.page.getByText('The browser did not keep the cookie').waitFor();
  await signInHere(refusing.page, 'cora');
  await refusing.page.getByText('The browser did not keep the cookie').waitFor();
  await look(refusing.page, 'no-cookies');

  // what is not there, and what is no address
  const lost = await signedIn2(visitor, page, 'lost');
  for (const path of ['/console/nothing', '/console/credentials/%ff', '/console/credentials/none']) {
    await lost.page.goto(path);
    await lost.page.getByRole('link', { name: 'To the overview' }).waitFor();
  }
  lost.seen.console.splice(0);
  lost.seen.failed.splice(0);
  await look(lost.page, 'no-page');
  assert.equal(new URL(lost.page.url()).origin, origin);
});

async function signedIn2(visitor, admin, name = 'abby') {
  const link = await invite(admin, name, 'Admin');
  const opened = await visitor();
  await choosePassword(opened.page, link);
  return opened;
}

async function choosePasswordOnly(page, address) {
  await follow(page, address);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('The same password again').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
}

async function signInHere(page, name) {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
