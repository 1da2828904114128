/** Entry of the rig's own process: `node rig.mjs [deployment.template.json]`, after bundling (see README.md). */
import { serve } from "./serve.ts";

await serve(process.argv[2]);
