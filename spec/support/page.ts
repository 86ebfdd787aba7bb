import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Observable, filter, firstValueFrom, timeout } from 'rxjs';

/** What a spec needs of an element. */
export interface PageElement {
  readonly textContent: string;
  readonly innerHTML: string;
  querySelector(selector: string): PageElement | null;
  click(): void;
  remove(): void;
}

interface Page {
  readonly body: PageElement & { append(element: PageElement): void };
  createElement(name: string): PageElement;
}

/** Makes this realm a page of a browser, by happy-dom from these node_modules. What Node has too stays Node's. */
export async function openPage(modules: string): Promise<Page> {
  const { Window } = await import(pathToFileURL(join(modules, 'happy-dom/lib/index.js')).href) as { readonly Window: new (options: object) => object };
  const window = new Window({ url: 'http://127.0.0.1/' });
  for (let owner = window; owner !== Object.prototype; owner = Object.getPrototypeOf(owner) as object) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (!(name in globalThis)) Object.defineProperty(globalThis, name, { configurable: true, get: () => Reflect.get(window, name) as unknown, set: (value) => { Reflect.set(window, name, value); } });
    }
  }
  return Reflect.get(window, 'document') as Page;
}

/** Once the element's text is so; fails with what it was instead. */
export function shows(element: PageElement, text: string | RegExp): Promise<string> {
  const text$ = new Observable<string>((subscriber) => {
    const observer = new MutationObserver(() => subscriber.next(element.textContent));
    observer.observe(element as unknown as Node, { childList: true, characterData: true, subtree: true });
    subscriber.next(element.textContent);
    return () => observer.disconnect();
  });
  return firstValueFrom(text$.pipe(
    filter((shown) => (typeof text === 'string' ? shown.includes(text) : text.test(shown))),
    timeout({ first: 15_000, with: () => { throw new Error(`element must show ${String(text)}, got ${element.innerHTML}`); } }),
  ));
}
