// Sites of Maxymiser for a house under test: accounts there, pixels that the DMP pushes, how a site stands here.
import type { House } from "./house.ts";
import { until } from "./clock.ts";

/** A site as the operator's door lists it. */
export interface Site {
  mmSiteId: string;
  credentials: string;
  pending: number;
  held: number;
  parked: number;
  deliveredToday: number;
}

/** A pixel of the DMP, a minute old. */
export function pixel(siteId: string, customer: string, attribute: string, value: string, campaign = "204417") {
  const query = new URLSearchParams({ mmSiteId: siteId, attributeName: attribute, attributeValue: value });
  return {
    CampaignId: campaign,
    PartnerUuid: customer,
    PixelUrl: `http://tags.bluekai.com/site/90012?${query.toString()}`,
    UtcSeconds: Math.floor(Date.now() / 1_000) - 60,
  };
}

/** What a test does with the sites of its house. */
export function sitesOf(house: House) {
  const maxymiser = () => house.sandbox.simulators.maxymiser;
  const site = async (id: string) => {
    const { items } = JSON.parse((await house.call("/api/visitors/sites")).text) as { items: Site[] };
    return items.find(({ mmSiteId }) => mmSiteId === id);
  };
  return {
    maxymiser,
    site,
    siteSo: (id: string, is: (one: Site) => boolean) =>
      until(
        () => site(id),
        (one) => one !== undefined && is(one),
      ),
    push: async (...pixels: object[]): Promise<void> => {
      const body = { DestinationId: 1, PixelCount: pixels.length, Pixels: pixels };
      const answer = await house.call("/receive_data/mm", { method: "POST", body });
      if (answer.status !== 200) throw new Error(answer.text);
    },
    /** An account and a site of its own at Maxymiser. */
    accountFor: (siteId: string) => {
      const login = {
        region: "eu",
        clientId: `client-${siteId}`,
        clientSecret: `secret-${siteId}`,
        username: `${siteId}@sluice.example`,
        password: `password-${siteId}`,
      };
      const { state } = maxymiser();
      state.add({ ...login, siteIds: [siteId] });
      return { login, account: state.logins.find(({ clientId }) => clientId === login.clientId)! };
    },
    store: async (siteId: string, login: object): Promise<void> => {
      const answer = await house.call(`/api/credentials/maxymiser:${siteId}`, { method: "PUT", body: login });
      if (answer.status !== 200) throw new Error(answer.text);
    },
  };
}
