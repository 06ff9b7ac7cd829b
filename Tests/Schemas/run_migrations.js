// Runs knex's migrations as Backstage's plugins do:  node run_migrations.js TABLE FOLDER
//
// TABLE is where knex notes what it ran, FOLDER has the migrations. libpq's variables say which database, and NODE_PATH
// must find knex and pg.

const [tableName, directory] = process.argv.slice(2);
const knex = require('knex')({ client: 'pg', connection: {} });

knex.migrate
  .latest({ directory, tableName })
  .then(([batch, names]) => console.log(`${tableName}: batch ${batch}, ${names.length} migrations`))
  .finally(() => knex.destroy())
  .catch(error => {
    console.error(error);
    process.exit(1);
  });
