/** A router on its own in a process, so that what the process uses is what the router uses. */
import { serve } from '../harness/serve.ts';
import { usage, type Usage } from '../harness/usage.ts';
import { listen } from '../subjects/routers.ts';

/** What this process is asked. */
export type Router = {
  /** Loads the subject and starts it; gives the URL. */
  listen(subject: string): Promise<string>;
  /** @param collect whether garbage is collected first, for sizes */
  usage(collect: boolean): Usage;
};

serve<Router>({ listen, usage: (collect) => usage({ collect }) });
