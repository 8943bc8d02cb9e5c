// Preloaded into children that know nothing of us: they end when the process that started them is gone.
import process from "node:process";

process.on("disconnect", () => process.exit(0));
