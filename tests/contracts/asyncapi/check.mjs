// Parses the document named on the command line with the official parser; prints what is wrong and fails where anything is.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 0);
for (const error of errors) console.error(`${error.path.join(".")}: ${error.message}`);
if (!document || errors.length) process.exit(1);
console.log(`${document.messages().all().length} messages in ${document.channels().all().length} channels`);
