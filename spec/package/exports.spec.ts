import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../support/sources.ts';

interface Names {
  /** What can be imported everywhere, separated by spaces. */
  readonly values: string;
  readonly types: string;
  /** What Node has besides. */
  readonly node?: string;
  readonly nodeTypes?: string;
}

interface Target {
  readonly types: string;
  readonly default: string;
}

type Runtime = 'browser' | 'node' | 'default';

/** Each runtime with names of its own, or all with the same. */
type Conditions = { readonly [runtime in Runtime]: Target } | ({ readonly types: string } & { readonly [runtime in Runtime]: string });

/** Every public name of every entry. A change here is a change of the public surface: it goes into the change log. */
const ENTRIES: { readonly [entry: string]: Names } = {
  'rxwamp': {
    values: `
      AbortError ApplicationError AuthenticationError CanceledError ConnectFailedError DrainingError EncryptionError FeatureNotSupportedError GapError
      GoodbyeError HeartbeatLostError InvalidArgumentError InvalidUriError NoSuchProcedureError NotAuthorizedError NotJoinedError
      OverflowError ProtocolError PublicationError
      QueueFullError RegistrationRevokedError SerializationError SubscriptionRevokedError TimeoutError TransportLostError TypeCheckError
      WampError WampMetaUri WampUri anonymous applicationErrorOf arg backoffDelay browserHints bufferOverflow callWith conflate createClient createClients
      defineApi detectGaps holdWhile isApplicationError join joining json kwarg liveQuery mapError mergeTopics payload presence processEach progressOf
      publishTo rateLimit result retryBackoff retryCall ticket toAsyncIterable toState webSocket
    `,
    types: `
      Api ApiDefinition Arg Attempt Attributes AuthOption AuthenticatingState Authenticator BackoffOptions BufferOverflowOptions CallAnswer
      CallFlow CallOptions CallProgress CallResult CallStream CallStreamOptions CallWithOptions CallingPeer Client
      ClientOptions ClientState ClientTimeouts ClosedState ConflateOptions ConnectingState Connection Correlation Credential Dict
      DrainOptions DrainingState Dropped Duplex Effect EncodedPayload EncryptionFailure ErrorClass ErrorMap Frame GapReason GapSignal HandoverOptions HeartbeatOptions Hint Id
      IdleState Invocation InvocationPolicy JoinOptions JoinTimeouts JoinedState Kwarg LateValue List LiveQueryOptions
      LiveSignal LiveVersion Logger MappedError MatchPolicy MergeTopicsOptions NamedClients NamedOptions NoApi Operation Overflow OverflowOptions Params Passthru Payload PayloadCodec PayloadContext PayloadInput PayloadOrigin Peer Presence
      PresenceOptions PresencePeer PresentSession Probe Procedure ProcedureDefinition ProcessEachOptions ProgressHandlers ProgressLike
      Publication PublishOptions PublishToOptions PublishingPeer RateLimitOptions RecoverOptions RecoveredSignal Redact
      RegisterOptions Registration Remaining ResumeOptions RetryBackoffOptions RetryCallOptions RetryCallTimes RetryOptions
      Schema SchemaInput SchemaIssue SchemaOutput SequenceGap
      SequenceSignal SequenceValue Serializer Service Session SessionDetails Signature Stage StateObservable StreamedResult
      SubscribedSignal SuspendedSignal Suspension TappedConnection TappedFrame TopicDefinition TopicEvent TopicOptions TopicSignal TopicSubject Transport TypeCheckIssue Uri
      UrlOption Validate Wait WaitingState WampErrorCode WireEntry WireTap
    `,
    node: 'drainOnSignal rawSocket run ws',
    nodeTypes: 'ComponentWork CompressionOptions DrainOnSignalOptions HeadersOption RawSocketOptions RunOptions UnexpectedResponse WsOptions',
  },
  'rxwamp/core': {
    values: `
      AbortError ApplicationError AuthenticationError ConnectFailedError DrainingError GoodbyeError InvalidUriError NotJoinedError ProtocolError QueueFullError
      RegistrationRevokedError SerializationError SubscriptionRevokedError TimeoutError TransportLostError WampError anonymous applicationErrorOf createClient
      isApplicationError result ticket
    `,
    types: `
      AuthOption Authenticator CallAnswer CallOptions CallProgress CallResult Client ClientOptions ClientState Dict Effect Id Invocation JoinedState List Operation Payload PayloadInput Publication PublishOptions
      RegisterOptions Registration RetryOptions SessionDetails TicketCredentials TopicEvent TopicOptions Uri WampErrorCode
    `,
  },
  'rxwamp/catalogue': {
    values: 'apiCatalogue catalogueMarkdown',
    types: 'ApiCatalogue CatalogueOptions CatalogueProcedure CatalogueTopic JsonSchema',
  },
  'rxwamp/protocol': {
    values: `
      CLIENT_ROLES InvalidUriError MAX_ID MessageType ProtocolError ROUTER_ROLES Requests WampError WampMetaUri WampUri advance announces
      assertUri fromWire idSequence isUri matches randomId toWire
    `,
    types: `
      Abort Ack Authenticate Call Cancel Cargo Challenge Dict ErrorMessage EventMessage EventReceived Goodbye Hello Id Interrupt
      Invocation Lifecycle List MatchPolicy Message Peer Publish Published Register Registered Result Role Source Subscribe
      Subscribed Unregister Unregistered Unsubscribe Unsubscribed Uri UriOptions WampList Welcome Yield
    `,
  },
  'rxwamp/registry': {
    values: 'Registry RegistryError procedure subscriber wampError',
    types: 'ErrorMark EventHandler MethodMark ProcedureMethodOptions RegistryOptions SubscriberMethodOptions SubscriberOptions',
  },
  'rxwamp/router': {
    values: 'STATS_TOPIC anonymousVerifier createRouter jsonLog memoryStore textLog ticketVerifier wampcraVerifier',
    types: `
      Accept Action AnonymousOptions AuthOptions Authorize AuthorizeOptions Candidate Decision DecisionCacheOptions DecisionFilter Deny Disclosure FailedLoginOptions Pass
      EventStore HistoryBounds HistoryOptions InvalidateOptions KeptEvent LastingLists Limits LinkOptions LogLevel LogLineOptions RealmEvents
      RetainedOptions StorePort
      AuthProcedure DynamicAuthOptions DynamicAuthenticator DynamicMethod Principal MaybeLater Permission Question RealmOptions RealmRules RealmStats ReloadOptions ResumeOptions Router RouterLimits RouterOptions
      RouterStats RouterTimeouts SendQueueOptions SessionInfo
      ShutdownOptions Signature TicketCheck TicketOptions TicketUser Verifier WampCraLookup WampCraOptions WampCraUser
    `,
    node: 'ListeningRouter',
    nodeTypes: 'Answer CompressionOptions ListenOptions Listener ListenerCookieOptions LongPollHandlerOptions LongPollListenOptions LongPollTimes PathOptions StatusPageOptions UpgradeHandler UpgradeHandlerOptions WebServer',
  },
  'rxwamp/router/sqlite': {
    values: 'sqliteStore',
    types: 'EventStore SqliteDatabase SqliteStatement SqliteValue',
  },
  'rxwamp/testing': {
    values: `
      ABORT ACK AUTHENTICATE CALL CANCEL CHALLENGE ERROR EVENT EVENT_RECEIVED GOODBYE HELLO INTERRUPT INVOCATION LeaksError Link
      MarbleMismatchError PUBLISH PUBLISHED REGISTER REGISTERED RESULT SUBSCRIBE SUBSCRIBED ScriptError UNREGISTER UNREGISTERED UNSUBSCRIBE
      UNSUBSCRIBED WELCOME YIELD bandwidth corruptWhen cutWhen expectNoLeaks latency leaksOf memoryRouter record refuseWhile replay
      scriptedRouter showMessage stallWhile truncateWhen wampMarbles
    `,
    types: `
      AnsweringProcedure AsyncMarbleHelpers Leak LinkedClient LinkedClientOptions MarbleHelpers MemoryRouter MemoryRouterOptions
      MessagePattern PerformerOptions PublishesOptions RecordOptions RecordedConnection RecordedFrame Recorder Recording ReplayOptions ScriptedAnswer
      ScriptedRouter ScriptedRouterOptions Suspects WampMarbles WampMarblesOptions
    `,
  },
  'rxwamp/serializers/json': {
    values: 'json',
    types: '',
  },
  'rxwamp/serializers/msgpack': {
    values: 'msgpack',
    types: '',
  },
  'rxwamp/serializers/cbor': {
    values: 'cbor',
    types: '',
  },
  'rxwamp/serializers/ubjson': {
    values: 'ubjson',
    types: 'UbjsonDialect UbjsonOptions',
  },
  'rxwamp/serializers/flatbuffers': {
    values: 'flatbuffers',
    types: '',
  },
  'rxwamp/serializers/batched': {
    values: 'batched',
    types: '',
  },
  'rxwamp/transports/message-port': {
    values: 'acceptPort messagePort',
    types: 'MessagePortOptions PortLike PortOptions',
  },
  'rxwamp/transports/ipc': {
    values: 'acceptIpc ipc',
    types: 'IpcPeer MessagePortOptions PortOptions',
  },
  'rxwamp/transports/long-poll': {
    values: 'longPoll',
    types: 'HeadersOption LongPollOptions',
  },
  'rxwamp/transports/websocket-stream': {
    values: 'webSocketStream',
    types: 'WebSocketStreamLike WebSocketStreamOptions',
  },
  'rxwamp/shared': {
    values: 'shareSession sharedTabs sharedWorker',
    types: 'SharedSession SharedWorkerOptions',
  },
  'rxwamp/auth/anonymous': {
    values: 'anonymous anonymousVerifier',
    types: 'AnonymousOptions',
  },
  'rxwamp/auth/cookie': {
    values: 'cookie cookieVerifier memoryCookies',
    types: 'CookieCredentials CookieLogin CookieOptions CookieStore MemoryCookiesOptions',
  },
  'rxwamp/auth/cryptosign': {
    values: 'cryptosign cryptosignVerifier',
    types: 'ChannelBinding CryptosignCredentials CryptosignLookup CryptosignOptions CryptosignUser Signer',
  },
  'rxwamp/auth/tls': {
    values: 'tls tlsVerifier',
    types: 'ClientCertificate TlsCredentials TlsLookup TlsOptions TlsUser',
  },
  'rxwamp/auth/ticket': {
    values: 'ticket ticketVerifier',
    types: 'TicketCheck TicketCredentials TicketOptions TicketUser',
  },
  'rxwamp/auth/scram': {
    values: 'scram scramUser scramVerifier',
    types: 'ScramCredentials ScramKdf ScramLookup ScramMethod ScramOptions ScramSalting ScramUser ScramUserOptions',
  },
  'rxwamp/auth/secrets': {
    values: 'ALPHANUMERIC UNMISTAKABLE activationCode randomCode randomSecret serialNumber',
    types: 'CodeOptions',
  },
  'rxwamp/auth/totp': {
    values: 'totp totpCode totpSecret totpVerifier',
    types: 'TotpCodeOptions TotpCredentials TotpLookup TotpOptions TotpUser',
  },
  'rxwamp/auth/wampcra': {
    values: 'deriveKey signChallenge wampcra wampcraVerifier',
    types: 'Salting WampCraCredentials WampCraLookup WampCraOptions WampCraUser',
  },
  'rxwamp/keys/ed25519': {
    values: 'generateSeed signingKey verifySignature',
    types: 'SignatureBytes Signer SigningKey',
  },
  'rxwamp/keys/files': {
    values: 'KeyError parsePrivateKey parsePublicKey',
    types: 'KeyErrorCode KeyFileOptions Signer SigningKey',
  },
  'rxwamp/keys/ssh-agent': {
    values: 'KeyError sshAgentKeys',
    types: 'KeyErrorCode SignatureBytes Signer SshAgentKey SshAgentOptions',
  },
  'rxwamp/keys/security-module': {
    values: 'KeyError memorySecurityModule',
    types: 'KeyErrorCode SecurityModule SignatureBytes Signer',
  },
  'rxwamp/keys/file-security-module': {
    values: 'KeyError fileSecurityModule',
    types: 'FileSecurityModuleOptions KeyErrorCode SecurityModule SignatureBytes Signer',
  },
  'rxwamp/keys/web-crypto': {
    values: 'KeyError createNonExtractableKey webCryptoKey',
    types: 'KeyErrorCode SignatureBytes Signer WebCryptoKey',
  },
  'rxwamp/encryption': {
    values: 'Keyring PayloadCodec boxKeyPair cryptobox keyIdOf',
    types: 'BoxKeyPair CryptoboxOptions EncodedPayload KeyEnd KeyPairing PayloadContext PayloadOrigin',
  },
  'rxwamp/keys/eip712': {
    values: 'ethereumKey hashTypedData recoverTypedData verifyTypedData',
    types: 'EthereumKey TypedData TypedDataField TypedDataSigner',
  },
};

const { exports: published } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly exports: { readonly [subpath: string]: Conditions } };
const every = Object.values(published).filter((target) => typeof target !== 'string');
const list = (...names: readonly (string | undefined)[]): readonly string[] => names.join(' ').split(/\s+/).filter(Boolean).sort();
const subpathOf = (entry: string): string => entry.replace(/^rxwamp/, '.');

function targetsOf(conditions: Conditions): { readonly [runtime: string]: Target } {
  if (!('types' in conditions)) return conditions;
  const { types, ...files } = conditions;
  return Object.fromEntries(Object.entries(files).map(([runtime, file]) => [runtime, { types, default: file }]));
}

/** The names that a declaration file exports, types too. */
function declaredIn(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = '']) => names.split(','));
  const declared = [...text.matchAll(/export (?:declare )?(?:abstract )?(?:class|function|const|interface|type) (\w+)/g)].map(([, name = '']) => name);
  const everything = [...text.matchAll(/export \* from '([^']+)\.[jt]s'/g)].flatMap(([, path = '']) => declaredIn(join(dirname(file), `${path}.d.ts`)));
  return [...new Set([...lists.map((name) => name.replace(/.* as /, '').replace(/^\s*type /, '').trim()), ...declared, ...everything])].filter(Boolean).sort();
}

describe('the package', () => {
  it('has these entries', () => {
    expect(Object.keys(published).filter((subpath) => subpath !== './package.json')).toEqual(Object.keys(ENTRIES).map(subpathOf));
  });

  it('looks for types first', () => {
    const conditions = every.flatMap((target) => ('types' in target ? [target] : Object.values(target)));
    expect(conditions.map((target) => Object.keys(target)[0])).toEqual(conditions.map(() => 'types'));
  });

  // A program that had some entries from one of them and some from the other would have its classes twice.
  it('has what Node loads from the bundle, and what a bundler for browsers does from the modules, entry by entry', () => {
    const files = every.flatMap((target) => Object.entries(targetsOf(target)).map(([runtime, { default: file }]) => [runtime, file.startsWith('./dist/bundle/')]));
    expect(files).toEqual(every.flatMap(() => [['browser', false], ['node', true], ['default', false]]));
  });
});

describe.each(Object.keys(ENTRIES))('%s', (entry) => {
  const { values, types, node, nodeTypes } = ENTRIES[entry]!;
  const targets = targetsOf(published[subpathOf(entry)]!);

  it('exports these names', async () => {
    expect(Object.keys(await import(entry) as object).sort()).toEqual(list(values, node));
  });

  it.each(Object.entries(targets))('exports the same under the condition %s, and declares it', async (condition, target) => {
    const [moreValues, moreTypes] = condition === 'node' ? [node, nodeTypes] : [];
    expect(Object.values(target).filter((file: string) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(Object.keys(await import(join(ROOT, target.default)) as object).sort()).toEqual(list(values, moreValues));
    expect(declaredIn(join(ROOT, target.types))).toEqual(list(values, types, moreValues, moreTypes));
  });
});
