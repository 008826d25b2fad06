// Writes each mail that the packages in this folder have examples of: node compile.mjs FOLDER
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import Mailgen from "mailgen";
import mjml2html from "mjml";

const [target] = process.argv.slice(2);
const write = (name, html) => writeFileSync(join(target, name + ".html"), html);

const WITHOUT_LINK = /<mj-(button|image|social-element)(?![^>]*\shref=)/g;

// Where an example leads nowhere (href="#"), a sender fills in a destination.
const filledIn = (html) => html.replace(/href="#"/g, (_, place) => `href="https://shop.example/offer?at=${place}&amp;from=mail#buy"`);

function pages(prefix, folder) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".html")))
    write(`${prefix}-${basename(name, ".html")}`, filledIn(readFileSync(join(folder, name), "utf8")));
}

async function mjml() {
  for (const name of readdirSync("node_modules").filter((name) => name.startsWith("mjml"))) {
    const path = join("node_modules", name, "README.md");
    const readme = existsSync(path) ? readFileSync(path, "utf8") : "";
    for (const [number, [example]] of [...readme.matchAll(/<mjml>[\s\S]*?<\/mjml>/g)].entries()) {
      const { html } = await mjml2html(example.replace(WITHOUT_LINK, '<mj-$1 href="https://shop.example/$1?size=1&amp;from=mail"'), { validationLevel: "skip" });
      write(`${name}-${number}`, html);
    }
  }
}

const receipt = {
  table: { data: [{ item: "Tea", description: "Green & fresh", price: "$10.99" }] },
  action: { instructions: "See it in your dashboard:", button: { text: "Dashboard", link: "https://shop.example/orders?id=17&s=d9729feb" } },
  goToAction: { text: "Go to Dashboard", link: "https://shop.example/orders?id=17", description: "See the order" },
  outro: "We thank you for your purchase.",
};
const reset = {
  action: { instructions: "Set a new one:", button: { text: "Reset", link: "https://shop.example/reset?s=b350163a&lang=de", fallback: true } },
  outro: 'You did not ask for it? <a href="https://shop.example/help#reset">Tell us</a>.',
};
const mailgen = { receipt, reset };

function mailgenThemes() {
  for (const theme of readdirSync("node_modules/mailgen/themes")) {
    write(`mailgen-${theme}-unfilled`, readFileSync(`node_modules/mailgen/themes/${theme}/index.html`, "utf8"));
    for (const [kind, body] of Object.entries(mailgen)) {
      const maker = new Mailgen({ theme, product: { name: "Shop", link: "https://shop.example/?from=mail&theme=" + theme } });
      write(`mailgen-${theme}-${kind}`, maker.generate({ body: { name: "Ann", intro: "Hello!", ...structuredClone(body) } }));
    }
  }
}

pages("foundation", "foundation-emails/package/.download/templates");
pages("bootstrap", "bootstrap-email/package/examples/output");
mailgenThemes();
await mjml();
