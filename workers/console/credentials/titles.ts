// How third parties write their own names. Pure.

const TITLES: Readonly<Record<string, string>> = {
  awin: "Awin",
  lomadee: "Lomadee",
  rakuten: "Rakuten",
  afilio: "Afilio",
  magazinevoce: "Magazine Você",
  digidip: "digidip",
  eloqua: "Eloqua",
  maxymiser: "Maxymiser",
};

/** How a credential is called where people read it. */
export function titleOf(name: string): string {
  const [family = name, parameter] = name.split(":", 2);
  const title = TITLES[family] ?? family;
  return parameter === undefined ? title : `${title} ${parameter}`;
}

const NETWORKS = ["afilio", "awin", "digidip", "lomadee", "magazinevoce", "rakuten"];

/** Whether links depend on these credentials. */
export function isNetwork(name: string): boolean {
  return NETWORKS.includes(name);
}
