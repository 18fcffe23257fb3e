// GANTRY_BROWSER for tests: opens the page and does nothing with it, as a person does whose
// authorization server knows them already. Last argument: the address.
await fetch(process.argv.at(-1));
