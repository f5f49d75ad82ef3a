import { deliveryScenarios } from './delivery.js';
import type { Scenario } from './scenario.js';

/** Every scenario, in the report's order. */
export const scenarios: readonly Scenario[] = [...deliveryScenarios];
