// The demo company: invented shops, the networks that carry them, and its accounts there.
// Simulators accept these credentials by default; none of them may ever be a real one.

/** A network's id for a store, and what else the link needs. */
export interface DemoRelation {
  network: "afilio" | "awin" | "direto" | "lomadee" | "magazinevoce" | "rakuten";
  externalId: string;
  settings?: { parameters: Record<string, string> };
}

/** A store as the operator's door takes it: the relations in order of priority. */
export interface DemoStore {
  name: string;
  domains: string[];
  networks: DemoRelation[];
}

/** One entry per upstream, with the fields of its credentials record. */
export const demoCredentials = {
  awin: { publisherId: "223344", token: "sandbox-awin-token" },
  lomadee: {
    appToken: "15600000sandbox",
    sourceId: "35990001",
    publisherId: "22790001",
    user: "ofertas@sluice.example",
    password: "sandbox-lomadee-password",
  },
  rakuten: {
    clientId: "sandbox-rakuten-client",
    clientSecret: "sandbox-rakuten-secret",
    siteId: "4640000",
    linkId: "AbCdEfGhIjk",
  },
  afilio: { token: "sandbox-afilio-token", affiliateId: "40021", siteId: "30021" },
  magazinevoce: { store: "magazinesluice" },
  digidip: { account: "sluice" },
};

/** The demo's Split: one workspace of one organisation. The key is an admin key. */
export const demoSplit = {
  apiKey: "sandbox-split-admin-key",
  workspaceId: "6b1f0d20-9c3e-11f0-8f5a-0242ac120002",
  environmentId: "6b2a7f80-9c3e-11f0-8f5a-0242ac120002",
  trafficTypeId: "6b36b480-9c3e-11f0-8f5a-0242ac120002",
};

/** The demo's audiences at mParticle; every one becomes a segment. */
export const demoAudiences = [
  { id: 4101, name: "Compradores frequentes" },
  { id: 4102, name: "High value / BR" },
  { id: 4103, name: "Carrinho abandonado" },
  { id: 4104, name: "Newsletter ✓" },
];

/** The demo's Maxymiser site and its account there. A site id is base64 of the site's number. */
export const demoMaxymiser = {
  siteId: "MDAxMjM0",
  attributes: ["customer_type", "interesse principal", "nível"],
  credentials: {
    username: "dados@sluice.example",
    password: "sandbox-maxymiser-password",
    clientId: "sandbox-maxymiser-client",
    clientSecret: "sandbox-maxymiser-secret",
    region: "eu",
  },
};

const direto = (externalId: string): DemoRelation => ({
  network: "direto",
  externalId,
  settings: { parameters: { utm_source: "sluice", utm_medium: "parceiro", subid: "{click}" } },
});

/** The shops of the demo; every network carries some of them. */
export const demoStores: DemoStore[] = [
  {
    name: "Magazine Luiza",
    domains: ["magazineluiza.com.br", "magalu.com"],
    networks: [
      { network: "magazinevoce", externalId: "magazineluiza" },
      { network: "lomadee", externalId: "5632" },
    ],
  },
  {
    name: "Casa Aroeira",
    domains: ["casaaroeira.example"],
    networks: [{ network: "awin", externalId: "17648" }],
  },
  {
    name: "Tênis da Vila",
    domains: ["tenisdavila.example"],
    networks: [
      { network: "rakuten", externalId: "43984" },
      { network: "awin", externalId: "17729" },
    ],
  },
  {
    name: "Livraria Sabiá",
    domains: ["livrariasabia.example"],
    networks: [{ network: "lomadee", externalId: "6101" }],
  },
  {
    name: "Empório Jatobá",
    domains: ["emporiojatoba.example"],
    networks: [{ network: "afilio", externalId: "2044" }],
  },
  {
    name: "Eletro Maré",
    domains: ["eletromare.example"],
    networks: [
      { network: "awin", externalId: "18120" },
      { network: "lomadee", externalId: "6118" },
      { network: "afilio", externalId: "2051" },
    ],
  },
  {
    name: "Pet Caramelo",
    domains: ["petcaramelo.example"],
    networks: [{ network: "rakuten", externalId: "44012" }],
  },
  {
    name: "Farmácia Boa Prosa",
    domains: ["farmaciaboaprosa.example"],
    networks: [
      { network: "afilio", externalId: "2067" },
      { network: "awin", externalId: "18377" },
    ],
  },
  {
    name: "Viagens Ipê",
    domains: ["viagensipe.example"],
    networks: [direto("viagens-ipe")],
  },
  {
    name: "Moda Tucano",
    domains: ["modatucano.example"],
    networks: [
      { network: "rakuten", externalId: "44190" },
      { network: "lomadee", externalId: "6240" },
    ],
  },
  {
    name: "Brinquedos Pipa",
    domains: ["brinquedospipa.example"],
    networks: [{ network: "awin", externalId: "18590" }, direto("brinquedos-pipa")],
  },
  {
    name: "Café Serra Fria",
    domains: ["cafeserrafria.example"],
    networks: [{ network: "lomadee", externalId: "6303" }, direto("cafe-serra-fria")],
  },
  {
    name: "Móveis Cedro",
    domains: ["moveiscedro.example", "outletcedro.example"],
    networks: [
      { network: "afilio", externalId: "2090" },
      { network: "rakuten", externalId: "44333" },
    ],
  },
  {
    name: "Games Capivara",
    domains: ["gamescapivara.example"],
    networks: [{ network: "awin", externalId: "18764" }],
  },
];
