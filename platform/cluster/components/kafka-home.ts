import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { keptFolder, NotObtainable, programOf, runInstaller } from './place.ts'

const run = promisify(execFile)

export const KAFKA_VERSION = '4.1.1'
const SLF4J_VERSION = '1.7.36'
/** Any 22 characters of base64url will do; a cluster of a run is nobody else's. */
const CLUSTER_ID = 'BankFlowKafkaOfOneRun0'
const OLDEST_JAVA = 17

/** Kafka's jars, and a formatted data folder that is copied for each broker of each run. */
export interface KafkaHome {
  readonly java: string
  readonly classPath: string
  readonly template: string
}

/** Gets Kafka by Maven at the first time. Throws NotObtainable. */
export async function obtainKafka(): Promise<KafkaHome> {
  const java = programOf('java', 'Debian: default-jre-headless')
  await refuseOldJava(java)
  const folder = await keptFolder(`kafka-${KAFKA_VERSION}`, async (half) => {
    const maven = programOf('mvn', 'Debian: maven')
    writeFileSync(join(half, 'pom.xml'), POM)
    const goal = ['dependency:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime']
    await runInstaller(maven, ['-q', '-B', ...goal], { cwd: half })
    await format(java, half)
  })
  return { java, classPath: classPathOf(folder), template: join(folder, 'template') }
}

/** A data folder for broker 1, 2 or 3, as `kafka-storage format` would make it, without another Java. */
export function copyTemplate(home: KafkaHome, broker: number, folder: string): void {
  cpSync(home.template, folder, { recursive: true })
  const file = join(folder, 'meta.properties')
  const own = readFileSync(file, 'utf8')
    .replace(/^node\.id=.*$/m, `node.id=${broker}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${randomBytes(16).toString('base64url')}`)
  writeFileSync(file, own)
}

/** What every program of Kafka's is started with: a small heap and a quick start. */
export function javaArguments(home: Pick<KafkaHome, 'classPath'>, heap_mb: number): string[] {
  return [
    `-Xmx${heap_mb}m`,
    '-Xms64m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    home.classPath,
  ]
}

async function format(java: string, half: string): Promise<void> {
  const properties = join(half, 'format.properties')
  const template = join(half, 'template')
  mkdirSync(template)
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    'controller.quorum.voters=1@127.0.0.1:19093',
    'listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093',
    'controller.listener.names=CONTROLLER',
    `log.dirs=${template}`,
  ]
  writeFileSync(properties, lines.join('\n'))
  const tool = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties]
  await run(java, [...javaArguments({ classPath: classPathOf(half) }, 128), ...tool], { timeout: 180_000 })
}

/** Java itself finds the jars of a folder. */
function classPathOf(folder: string): string {
  return join(folder, 'lib', '*')
}

async function refuseOldJava(java: string): Promise<void> {
  const { stderr } = await run(java, ['-version'])
  const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0)
  if (major < OLDEST_JAVA)
    throw new NotObtainable(`java is version ${major}, and Kafka ${KAFKA_VERSION} wants ${OLDEST_JAVA}`)
}

const dependency = (group: string, artifact: string, version: string): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`

// Without a binding of SLF4J Kafka says nothing at all, not even why it could not start.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>bankflow</groupId><artifactId>kafka</artifactId><version>${KAFKA_VERSION}</version><packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
    ${dependency('org.apache.kafka', 'kafka-tools', KAFKA_VERSION)}
    ${dependency('org.slf4j', 'slf4j-simple', SLF4J_VERSION)}
  </dependencies>
</project>
`
