import * as autoScaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudWatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import * as sts from "@aws-sdk/client-sts";
import {
  autoScalingConstraints,
  type Constraints,
  cloudWatchConstraints,
  ecrConstraints,
  ecsConstraints,
  elbv2Constraints,
  logsConstraints,
  stsConstraints,
} from "./constraints.ts";
import type { SdkModule } from "./shapes.ts";

/** What the wire must know of an AWS service to speak for it. Source: the services' API models. */
export interface ServiceModel {
  /** The name in the credential scope of a signature, and of the sandbox's Service. */
  readonly name: string;
  /** The prefix of its IAM actions, which for CloudWatch is not its name. */
  readonly iamPrefix: string;
  /** AWS JSON, where what comes before the operation in `X-Amz-Target` is `targetPrefix`. */
  readonly json?: { readonly version: "1.0" | "1.1"; readonly targetPrefix: string };
  /** Smithy RPC v2 CBOR, under the same prefix. */
  readonly cbor: boolean;
  /** Errors of JSON and CBOR carry the Query protocol's code too (`x-amzn-query-error`). */
  readonly queryCompatible: boolean;
  /** `Version=` and the XML namespace; left out when the service does not speak Query. */
  readonly query?: { readonly version: string; readonly xmlNamespace: string };
  readonly sdk: SdkModule;
  readonly constraints: Constraints;
  readonly wording: Wording;
  /** Operations that are called without a signature. */
  readonly unsigned: readonly string[];
}

/** How a service refuses an input that its model does not allow. */
type Wording =
  /** One InvalidParameterException about the first problem. */
  | "ecs"
  /** MissingParameter "The parameter … is required.", else as "listed". */
  | "cloudwatch"
  /** One ValidationError that lists all problems. */
  | "listed";

const models: readonly ServiceModel[] = [
  {
    name: "application-autoscaling",
    iamPrefix: "application-autoscaling",
    json: { version: "1.1", targetPrefix: "AnyScaleFrontendService" },
    cbor: false,
    queryCompatible: false,
    sdk: autoScaling,
    constraints: autoScalingConstraints,
    wording: "listed",
    unsigned: [],
  },
  {
    name: "ecr",
    iamPrefix: "ecr",
    json: { version: "1.1", targetPrefix: "AmazonEC2ContainerRegistry_V20150921" },
    cbor: false,
    queryCompatible: false,
    sdk: ecr,
    constraints: ecrConstraints,
    wording: "ecs",
    unsigned: [],
  },
  {
    name: "ecs",
    iamPrefix: "ecs",
    json: { version: "1.1", targetPrefix: "AmazonEC2ContainerServiceV20141113" },
    cbor: false,
    queryCompatible: false,
    sdk: ecs,
    constraints: ecsConstraints,
    wording: "ecs",
    unsigned: [],
  },
  {
    name: "elasticloadbalancing",
    iamPrefix: "elasticloadbalancing",
    cbor: false,
    queryCompatible: false,
    query: {
      version: "2015-12-01",
      xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    },
    sdk: elbv2,
    constraints: elbv2Constraints,
    wording: "listed",
    unsigned: [],
  },
  {
    name: "logs",
    iamPrefix: "logs",
    json: { version: "1.1", targetPrefix: "Logs_20140328" },
    cbor: false,
    queryCompatible: false,
    sdk: logs,
    constraints: logsConstraints,
    wording: "ecs",
    unsigned: [],
  },
  {
    name: "monitoring",
    iamPrefix: "cloudwatch",
    json: { version: "1.0", targetPrefix: "GraniteServiceVersion20100801" },
    cbor: true,
    queryCompatible: true,
    query: { version: "2010-08-01", xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/" },
    sdk: cloudWatch,
    constraints: cloudWatchConstraints,
    wording: "cloudwatch",
    unsigned: [],
  },
  {
    name: "sts",
    iamPrefix: "sts",
    cbor: false,
    queryCompatible: false,
    query: { version: "2011-06-15", xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
    sdk: sts,
    constraints: stsConstraints,
    wording: "listed",
    unsigned: ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"],
  },
];

/** The model of the service that signatures call `name`. */
export function modelNamed(name: string): ServiceModel | undefined {
  return models.find((model) => model.name === name);
}

/** The model of the service that speaks JSON, and that `X-Amz-Target` calls `targetPrefix`. */
export function modelTargeted(targetPrefix: string): ServiceModel | undefined {
  return models.find((model) => model.json?.targetPrefix === targetPrefix);
}

/** The model of the service whose Query protocol has this `Version`. */
export function modelOfVersion(version: string): ServiceModel | undefined {
  return models.find((model) => model.query?.version === version);
}
