import { chainScenario } from './chain.js';
import { deliveryScenarios } from './delivery.js';
import { ingestScenarios } from './ingest.js';
import { joinScenarios } from './joins.js';
import { rtspScenario } from './rtsp.js';
import type { Scenario } from './scenario.js';
import { slowScenario } from './slow.js';

/** Every scenario, in the report's order. */
export const scenarios: readonly Scenario[] = [...deliveryScenarios, rtspScenario, slowScenario, ...joinScenarios, ...ingestScenarios, chainScenario];
