// All pages of the console's own, for its `System` value.
import { joinPages } from "../../src/shared/page/kit.ts";
import { keyPages } from "./keys.pages.tsx";
import { overviewPages } from "./overview.pages.tsx";
import { signInPages } from "./sign-in.pages.tsx";

export const consolePages = joinPages(signInPages, overviewPages, keyPages);
