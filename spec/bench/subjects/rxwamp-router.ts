import { createRouter } from 'rxwamp/router';
import { REALM } from './subject.ts';

/** Starts the library's router with one realm that is open to everybody; gives its URL. */
export async function listenRxwamp(at: string): Promise<string> {
  const router = createRouter({ realms: { [REALM]: {} } });
  const { url } = await router.listen(at);
  return url;
}
