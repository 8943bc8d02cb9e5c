// Every part of the page kit on one page, for the tests that look at it in a browser. No system has this page.
import { words } from "../../src/shared/page/format.ts";
import {
  Card,
  Chart,
  Choices,
  Copyable,
  Danger,
  Diff,
  Empty,
  Facts,
  Field,
  Form,
  Head,
  Id,
  Needs,
  Note,
  Order,
  Pager,
  Progress,
  State,
  Steps,
  Table,
  Tag,
  Tile,
  Time,
  Timeline,
  orderIn,
} from "../../src/shared/page/kit.ts";
import type { View } from "../../src/shared/page/kit.ts";
import { Layout } from "../../src/shared/page/layout.tsx";

const NOW = Date.UTC(2026, 10, 21, 17, 32, 8);
const IDS = ["lomadee", "magazinevoce", "awin"];

/** A reader of the gallery; only what the parts read of a view is there. */
function viewAt(url: URL, language: "en" | "pt"): View {
  const refused = {
    detail: "Look at the marked fields.",
    errors: [{ path: "domain", message: "is taken" }],
    values: { domain: ["magalu.com"], boxes: ["b"] },
  };
  const rest = {
    url,
    here: url.pathname,
    csrf: "token",
    flash: { tone: "ok", text: "Saved." },
    name: "marina",
    requestId: "req_1",
    demo: true,
  };
  return { ...words(language, "UTC", NOW), ...rest, refused, can: () => true } as unknown as View;
}

function Gallery({ v }: { v: View }) {
  const order = orderIn(v.url.searchParams, IDS);
  const points = [210, 300, 280, 640, 1_340, 1_200, 900];
  return (
    <>
      <Head
        title="Magazine Luiza"
        trail={[{ label: "Stores", href: "/console/stores" }]}
        says={<code>magalu.com</code>}
      >
        <button>Edit store</button>
      </Head>
      <Card title="Needs attention" plain>
        <Needs
          v={v}
          needs={[
            {
              id: "1",
              tone: "bad",
              sentence: "Maxymiser refuses the credentials of site 40213.",
              detail: "Since 13:58.",
              sinceMs: NOW,
              action: { label: "Enter credentials", href: "#" },
            },
            {
              id: "2",
              tone: "warn",
              sentence: "2 messages are parked.",
              sinceMs: NOW,
              action: { label: "Replay", post: "/console/x", fields: { ids: "1" } },
            },
          ]}
        />
      </Card>
      <section class="tiles">
        <Tile
          name="Clickouts"
          href="#"
          tile={{
            state: { tone: "ok", word: "flowing" },
            value: v.number(18_204),
            unit: "clicks in 24 h",
            spark: { points, label: "Clicks per hour" },
            foot: "96.3% tracked",
          }}
        />
        <Tile
          name="Visitors"
          href="#"
          tile={{
            state: { tone: "bad", word: "1 site held" },
            value: "0",
            unit: "delivered",
            spark: { points: [0, 0, 0], label: "None" },
          }}
        />
      </section>
      <Card title="Steps" aside={<State tone="idle">idle</State>} foot="A foot.">
        <Steps
          steps={[
            { tone: "ok", title: "Store found", detail: "magalu.com", aside: "0.0 ms" },
            { tone: "warn", sign: "–", title: "Lomadee is skipped", detail: "its circuit is open" },
            { tone: "bad", title: "No link" },
          ]}
        />
        <Copyable v={v} text="https://www.magazinevoce.com.br/magazineacme/p/235871400/" />
        <Diff from="vp  mktg." to="VP Marketing" />
        <Progress done={62} of={100} label="62 of 100 read" />
        <Facts
          facts={[
            { name: "Prize", value: v.money({ value: "5000.00", currency: "BRL" }) },
            { name: "Ends", value: <Time v={v} at={NOW + 9_000_000} /> },
          ]}
        />
      </Card>
      <div class="cols">
        <Card title="Networks, in order" plain>
          <Order
            v={v}
            to="/console/order"
            heads={["Network", "EPC, 30 d", "Approved", "Failed"]}
            items={order.map((id) => ({ id, name: id, title: <b>{id}</b>, cells: ["R$ 0.41", "71 %", "8.2 %"] }))}
          />
        </Card>
        <Card title="Rule, over time">
          <Timeline
            periods={[
              {
                when: "next",
                title: <b>1 Dec 2026</b>,
                detail: "Awin",
                action: <button class="icon ghost danger">Cancel</button>,
              },
              { when: "now", title: <b>Now</b>, detail: "Lomadee" },
              { when: "past", title: "18 Aug to 3 Nov", detail: "Awin" },
            ]}
          />
        </Card>
      </div>
      <Card title="A form">
        <Form v={v} to="/console/form">
          <div class="fields">
            <Field v={v} name="domain" label="Domain" hint="Without www." required />
            <Field v={v} name="token" type="password" label="Token" />
            <Field v={v} name="region" type="select" label="Region" options={[{ value: "eu", label: "Europe" }]} />
            <Field v={v} name="note" type="textarea" label="Note" value="n" />
          </div>
          <Choices
            v={v}
            name="boxes"
            label="May do"
            options={[
              { value: "a", label: "read" },
              { value: "b", label: "write", hint: "and delete" },
            ]}
          />
          <button class="primary">Save</button>
        </Form>
        <Danger
          v={v}
          to="/console/end"
          label="Delete"
          says="4,310 clicks stay; the store's 3 rules end now."
          confirm="Delete the store"
        />
      </Card>
      <Card title="Clicks" plain>
        <Table
          label="Clicks"
          columns={["When", "Click", { name: "URL", kind: "wrap" }, { name: "ms", kind: "num" }]}
          rows={[
            [
              <Time v={v} at={NOW} style="clock" />,
              <Id value="0mi2k3x9f0000abcd12349f" />,
              "/tv-55-4k/p/228812300/",
              v.number(12),
            ],
            ["", <Tag>bot</Tag>, "/x", "0"],
          ]}
        />
        <Pager v={v} next="abc" />
      </Card>
      <Card title="Over time">
        <Chart
          v={v}
          label="Clicks and sales"
          at={points.map((_, i) => NOW + i * 86_400_000)}
          series={[
            { name: "Clicks", values: points },
            { name: "Sales", values: [1, 2, null, 4, 5, 6, 7], scale: "sales" },
          ]}
        />
      </Card>
      <Card>
        <Empty says="Nothing is here yet." />
        <Note tone="warn">A warning.</Note>
      </Card>
    </>
  );
}

/** The page as HTML, in a language, as the URL asks for it. */
export function galleryHtml(href: string, language: "en" | "pt"): string {
  const v = viewAt(new URL(href), language);
  const nav = [{ label: { en: "Clickouts", pt: "Cliques" }, path: "/console/clickouts", count: 2 }];
  const page: { toString(): string } = (
    <Layout v={v} title="Gallery" nav={nav}>
      <Gallery v={v} />
    </Layout>
  );
  return page.toString();
}
